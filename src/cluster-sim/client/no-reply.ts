/** A request whose answer nobody waits for. */
import type { ReplyTo } from "../../kernel/port.ts";

/** Given as `replyTo` of an `ApiClient` call, no reply is delivered. */
export const NO_REPLY: ReplyTo = { target: "", tag: {} };
