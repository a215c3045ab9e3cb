/** A provider that answers each mount as the test says. */
import { utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { SimEvent } from "../../../src/kernel/event-queue.ts";
import { Rank } from "../../../src/kernel/event-queue.ts";
import type { ReplyTo } from "../../../src/kernel/port.ts";
import { sendReply } from "../../../src/kernel/port.ts";
import type { Component, Simulation } from "../../../src/kernel/simulation.ts";
import type { EpochMs } from "../../../src/kernel/time.ts";
import type {
  MountReply,
  MountRequest,
  ProviderClient,
} from "../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";

/** One mount of the provider. */
export const MOUNT_MS = 90;

type Answer = MountReply | null;

interface AnswerEvent extends SimEvent {
  readonly type: "answer";
  readonly mount: number;
}

/** Answers each mount after `MOUNT_MS` with what `answer` says then; null: never. */
export class ScriptedProvider implements Component, ProviderClient {
  readonly name: string;
  state = null;
  socketPresent = true;
  answer: (request: MountRequest) => Answer;
  readonly requests: { readonly t: EpochMs; readonly request: MountRequest }[] =
    [];
  readonly #waiting = new Map<number, [MountRequest, ReplyTo]>();
  readonly #sim: Simulation;

  constructor(sim: Simulation, node: string, answer: () => Answer) {
    this.name = `${node}/provider`;
    this.#sim = sim;
    this.answer = answer;
  }

  get times(): EpochMs[] {
    return this.requests.map(({ t }) => t);
  }

  mount(request: MountRequest, replyTo: ReplyTo): number {
    const mount = this.requests.push({ t: this.#sim.now, request });
    this.#waiting.set(mount, [request, replyTo]);
    const event: AnswerEvent = { type: "answer", mount };
    const { name: target } = this;
    this.#sim.after(MOUNT_MS, { rank: Rank.completion, target, event });
    return mount;
  }

  cancel(mount: number): void {
    this.#waiting.delete(mount);
  }

  handle(event: SimEvent): void {
    const { mount } = event as AnswerEvent;
    const [request, replyTo] = this.#waiting.get(mount) ?? [];
    if (request === undefined) return;
    const reply = this.answer(request);
    if (reply !== null) sendReply(this.#sim, replyTo!, 0, reply);
  }
}

export function refusedMount(
  message = "failed to mount objects, error: forbidden",
  code?: "Unavailable" | "ResourceExhausted",
): MountReply {
  return { ok: false, message, ...(code === undefined ? {} : { code }) };
}

/** What a vault with that version of `secret1` makes of a mount; `from`: the fact that set it. */
export function fetched(
  value: string,
  ordinal: number,
  from: number,
): MountReply {
  const version = String(ordinal).repeat(32);
  return {
    ok: true,
    objectVersions: [{ id: "secret/secret1", version }],
    files: [
      {
        path: "secret1",
        bytes: utf8ToBytes(value),
        mode: 0o644,
        content: {
          object: "kvdemo/secrets/secret1",
          version,
          ordinal,
          form: "as-is",
          from,
        },
      },
    ],
  };
}
