/** Status lines as Go's net/http prints them. Source: golang/go `src/net/http/status.go`. */
const STATUS_TEXTS = new Map<number, string>([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

/** `404 Not Found`; the number alone for a status without a name. */
export function statusLine(status: number): string {
  const text = STATUS_TEXTS.get(status);
  return text === undefined ? String(status) : `${status} ${text}`;
}
