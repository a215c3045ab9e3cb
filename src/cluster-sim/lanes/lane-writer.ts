/**
 * How a lane publishes: takes the value itself, or writes its Kubernetes Secret where the product's rule says so.
 *
 * Source: alternatives.md 4
 */
import { bytesEqual } from "../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../kernel/content.ts";
import { invariant } from "../../kernel/errors.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { ApiClient, ApiReply } from "../ports.ts";
import type { PassHost } from "./lane-reader.ts";
import type { LaneRecord } from "./lane-record.ts";
import { noteTarget, passOf, versionOf } from "./lane-record.ts";
import type { Wanted } from "./secret-target.ts";
import { isInOrder, keyOfTarget, writeRequest } from "./secret-target.ts";

interface LaneWriterOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  readonly host: PassHost;
  readonly client: (name: string) => ApiClient;
  /** What the GET brought is where it belongs. */
  readonly published: (name: string) => void;
}

const NOT_FOUND = 404;

export class LaneWriter {
  readonly #options: LaneWriterOptions;
  readonly #host: PassHost;

  constructor(options: LaneWriterOptions) {
    this.#options = options;
    this.#host = options.host;
  }

  publish(name: string): void {
    const lane = this.#host.lane(name);
    const pass = passOf(lane);
    const { gets } = this.#host.product(lane);
    switch (gets[pass.get]!) {
      case "hold":
        return this.#options.published(name);
      case "if-hash-differs": {
        const isOld =
          lane.written !== null &&
          lane.failures === 0 &&
          pass.trigger !== "forced" &&
          this.#sameBytes(lane.written, pass.content!);
        if (isOld) return this.#options.published(name);
        return this.#write(lane, lane.written === null ? "create" : "patch");
      }
      case "if-target-differs": {
        const key = keyOfTarget(lane.spec.target!);
        const replyTo = this.#host.replyTo(lane, "target");
        return this.#options
          .client(name)
          .call({ verb: "get", ...key }, replyTo);
      }
    }
  }

  onTarget(name: string, reply: ApiReply): void {
    const lane = this.#host.lane(name);
    if (!reply.ok && reply.error.code !== NOT_FOUND)
      return this.#host.fail(name, reply.error.message);
    const stored = reply.ok && "stored" in reply ? reply.stored : null;
    noteTarget(lane, stored, stored === null ? lane.targetVersion : 0);
    const product = this.#host.product(lane);
    if (!isInOrder(product, stored, this.#wanted(lane)))
      return this.#write(lane, stored === null ? "create" : "patch");
    lane.written = passOf(lane).content;
    this.#options.published(name);
  }

  #write(lane: LaneRecord, verb: "create" | "patch"): void {
    const { trace } = this.#options.sim;
    const { name } = lane.spec;
    const product = this.#host.product(lane);
    const wanted = this.#wanted(lane);
    const request = writeRequest(product, wanted, verb, lane.target);
    const pass = passOf(lane);
    pass.wroteOver = lane.targetVersion;
    trace.causes = pass.causes;
    this.#options.client(name).call(request, this.#host.replyTo(lane, verb));
  }

  /** A Secret that went or came meanwhile is made or changed after all. */
  onWritten(name: string, verb: "create" | "patch", reply: ApiReply): void {
    const lane = this.#host.lane(name);
    if (!reply.ok) {
      const { code, reason, message } = reply.error;
      if (verb === "patch" && code === NOT_FOUND)
        return this.#write(lane, "create");
      if (verb === "create" && reason === "AlreadyExists")
        return this.#write(lane, "patch");
      return this.#host.fail(name, message);
    }
    if (!("stored" in reply)) return;
    const { stored } = reply;
    const pass = passOf(lane);
    const { key } = lane.spec.target!;
    pass.wrote ||= versionOf(stored) > pass.wroteOver;
    pass.from = stored.contents?.[key]?.from ?? pass.from;
    noteTarget(lane, stored, 0);
    lane.written = pass.content;
    this.#options.published(name);
  }

  #wanted(lane: LaneRecord): Wanted {
    const content = passOf(lane).content!;
    return { target: lane.spec.target!, content, bytes: this.#bytes(content) };
  }

  #sameBytes(a: ContentRef, b: ContentRef): boolean {
    return (
      a.version === b.version || bytesEqual(this.#bytes(a), this.#bytes(b))
    );
  }

  #bytes(content: ContentRef): Uint8Array {
    const bytes = this.#options.values.get(content);
    invariant(
      bytes !== null,
      "ValueMissing",
      `Failed to publish ${content.object}: the value book has no version ${content.version}`,
    );
    return bytes;
  }
}
