// Calls every method of the API's own services with Go's gRPC and the stubs that protoc-gen-go makes of the .proto files, as a controller in Go
// does, and prints what became of each.
//
//	go-client SOCKET < {"Service/Method": request, ...}
//
// One JSON object a method: its name, the code, and the answer or what was said. Of a stream the first message counts. Stop comes last.
package main

import (
	"context"
	"encoding/json"
	"os"
	"sort"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	api "vipward/v1"
)

// A method: takes a request as JSON and answers.
type method func(ctx context.Context, request []byte) (proto.Message, error)

// A pointer to a message.
type message[T any] interface {
	*T
	proto.Message
}

// A call with one answer.
func unary[Q, A any, PQ message[Q], PA message[A]](
	call func(context.Context, PQ, ...grpc.CallOption) (PA, error),
) method {
	return func(ctx context.Context, text []byte) (proto.Message, error) {
		request := PQ(new(Q))
		if err := protojson.Unmarshal(text, request); err != nil {
			return nil, err
		}
		answer, err := call(ctx, request)
		if err != nil {
			return nil, err
		}
		return answer, nil
	}
}

// What is left of a stream of answers.
type stream[PA proto.Message] interface{ Recv() (PA, error) }

// The first answer of a stream.
func first[Q, A any, PQ message[Q], PA message[A], S stream[PA]](
	call func(context.Context, PQ, ...grpc.CallOption) (S, error),
	_ PA,
) method {
	return unary[Q, A, PQ, PA](func(ctx context.Context, request PQ, options ...grpc.CallOption) (PA, error) {
		answers, err := call(ctx, request, options...)
		if err != nil {
			return nil, err
		}
		return answers.Recv()
	})
}

// An upload of one piece.
func upload(config api.ConfigServiceClient) method {
	return unary(func(ctx context.Context, part *api.UploadConfigRequest, _ ...grpc.CallOption) (*api.UploadConfigResponse, error) {
		parts, err := config.UploadConfig(ctx)
		if err != nil {
			return nil, err
		}
		if err := parts.Send(part); err != nil {
			return nil, err
		}
		return parts.CloseAndRecv()
	})
}

func methods(connection *grpc.ClientConn) map[string]method {
	agent := api.NewAgentServiceClient(connection)
	balancer := api.NewBalancerServiceClient(connection)
	certificate := api.NewCertificateServiceClient(connection)
	checker := api.NewCheckerServiceClient(connection)
	config := api.NewConfigServiceClient(connection)
	override := api.NewOverrideServiceClient(connection)
	state := api.NewStateServiceClient(connection)
	vrrp := api.NewVrrpServiceClient(connection)
	return map[string]method{
		"AgentService/Doctor":                    unary(agent.Doctor),
		"AgentService/GetInfo":                   unary(agent.GetInfo),
		"AgentService/SetLogLevel":               unary(agent.SetLogLevel),
		"AgentService/Stop":                      unary(agent.Stop),
		"BalancerService/Drain":                  first(balancer.Drain, &api.DrainResponse{}),
		"BalancerService/Reconcile":              unary(balancer.Reconcile),
		"BalancerService/SetWeightOverride":      unary(balancer.SetWeightOverride),
		"BalancerService/Undrain":                unary(balancer.Undrain),
		"CertificateService/CancelCertificate":   unary(certificate.CancelCertificate),
		"CertificateService/ConfirmCertificate":  unary(certificate.ConfirmCertificate),
		"CertificateService/GetCertificate":      unary(certificate.GetCertificate),
		"CertificateService/RotateCertificate":   unary(certificate.RotateCertificate),
		"CheckerService/Explain":                 unary(checker.Explain),
		"CheckerService/PauseChecker":            unary(checker.PauseChecker),
		"CheckerService/RunChecker":              unary(checker.RunChecker),
		"ConfigService/AbortConfig":              unary(config.AbortConfig),
		"ConfigService/ApplyConfig":              unary(config.ApplyConfig),
		"ConfigService/CancelConfig":             unary(config.CancelConfig),
		"ConfigService/ConfirmConfig":            unary(config.ConfirmConfig),
		"ConfigService/DiffRevisions":            unary(config.DiffRevisions),
		"ConfigService/DownloadConfig":           first(config.DownloadConfig, &api.DownloadConfigResponse{}),
		"ConfigService/GetConfig":                unary(config.GetConfig),
		"ConfigService/ListRevisions":            unary(config.ListRevisions),
		"ConfigService/PlanConfig":               unary(config.PlanConfig),
		"ConfigService/PrepareConfig":            unary(config.PrepareConfig),
		"ConfigService/RollbackConfig":           unary(config.RollbackConfig),
		"ConfigService/UploadConfig":             upload(config),
		"ConfigService/ValidateConfig":           unary(config.ValidateConfig),
		"OverrideService/ClearOverride":          unary(override.ClearOverride),
		"OverrideService/ListOverrides":          unary(override.ListOverrides),
		"StateService/GetState":                  unary(state.GetState),
		"StateService/ListConnections":           unary(state.ListConnections),
		"StateService/ListEvents":                unary(state.ListEvents),
		"StateService/WatchState":                first(state.WatchState, &api.WatchStateResponse{}),
		"VrrpService/Announce":                   unary(vrrp.Announce),
		"VrrpService/SetPriorityOverride":        unary(vrrp.SetPriorityOverride),
		"VrrpService/TransferMastership":         unary(vrrp.TransferMastership),
	}
}

type result struct {
	Method string          `json:"method"`
	Code   string          `json:"code"`
	Said   string          `json:"said,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
}

func outcome(name string, call method, request []byte) result {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	answer, err := call(ctx, request)
	if err != nil {
		return result{Method: name, Code: status.Code(err).String(), Said: status.Convert(err).Message()}
	}
	text, err := protojson.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return result{Method: name, Code: "OK", Answer: text}
}

func main() {
	connection, err := grpc.Dial("unix:"+os.Args[1], grpc.WithInsecure())
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	var requests map[string]json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	all := methods(connection)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	const last = "AgentService/Stop"
	sort.Slice(names, func(i, j int) bool { return names[j] == last || names[i] != last && names[i] < names[j] })
	out := json.NewEncoder(os.Stdout)
	for _, name := range names {
		if err := out.Encode(outcome(name, all[name], requests[name])); err != nil {
			panic(err)
		}
	}
}
