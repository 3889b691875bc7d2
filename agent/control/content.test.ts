import { expect, test } from "bun:test";
import fc from "fast-check";
import { documents } from "../../test/config/documents.ts";
import { renderDocument } from "../config/render.ts";
import { settingsSchema } from "../config/schema/settings.ts";
import { Content } from "./content.ts";

test("a content put together of its virtual servers has the bytes of the whole rendered at once", () => {
  fc.assert(
    fc.property(documents, (document) => {
      const settings = settingsSchema.parse(document);
      const whole = JSON.stringify(renderDocument(settings));
      expect(new Content(settings).document).toBe(whole);
      // What was written once is taken from then on.
      const others = { ...settings, addressLease: settings.addressLease };
      expect(new Content(others).document).toBe(whole);
    }),
  );
});
