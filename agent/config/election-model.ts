// The part of the model about who becomes master, and when. Types only, as in model.ts.

/** What an instance does about others that are or want to be master. */
export interface ElectionModel {
  /** How many intervals of the master may pass in silence before the skew time begins; 3 in the RFCs. */
  readonly downTimerAdverts: number;
  /**
   * The highest priority that another router of this virtual router can have. A master that could not advertise for as long as that one waits
   * steps down; undefined: for as long as one of its own priority waits.
   */
  readonly timerExpiredBackup: number | undefined;
  /** Whether a master advertises once more before it yields to a better one. */
  readonly higherPrioSendAdvert: boolean;
  /** Whether a master leaves a lesser one unanswered, as in RFC 3768 and RFC 5798. */
  readonly lowerPrioNoAdvert: boolean;
  /** Whether the address owner takes no notice of anybody's advertisements. */
  readonly ownerIgnoreAdverts: boolean;
}
