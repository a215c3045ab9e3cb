/** `outage`: how long a database refused what each pod of an application presented. */
import { spoken } from "../trace/spoken.ts";
import { databaseOutages } from "../trace/database-outages.ts";
import { formatWho, whoMatches } from "../trace/who.ts";
import { Judge } from "./judgement.ts";
import type { Judgement, Observed } from "./judgement.ts";
import type { Expectation, Scenario } from "./model.ts";

type OutageLine = Extract<Expectation, { kind: "outage" }>;

/** Holds when it holds for every pod that used the database. */
export function judgeOutage(
  line: OutageLine,
  { start }: Scenario,
  { index, end }: Observed,
): Judgement {
  const { who, database, atLeast, atMost, between } = line;
  const name = formatWho(who);
  const when =
    between === null
      ? ""
      : ` in [${spoken(between.from)}, ${spoken(between.to)})`;
  const judge = new Judge(
    `${database} refuses ${name} ${lengthText(atLeast, atMost)}${when}`,
  );
  const window = {
    from: start + (between?.from ?? 0),
    to: between === null ? Infinity : start + between.to,
  };
  const pods = databaseOutages(index, end, window)
    .filter((each) => each.database === database)
    .flatMap((each) => each.pods)
    .filter(({ pod, workload }) => {
      const [namespace = "", podName = ""] = pod.split("/");
      return whoMatches(who, { namespace, name: podName, workload });
    });
  if (pods.length === 0)
    return judge.failed(`no pod of ${name} used ${database}`);
  const texts = pods.map(
    ({ pod, outageMs }) =>
      `pod ${pod} was refused for ${spoken(outageMs)}${when}`,
  );
  const bad = pods.findIndex(
    ({ outageMs }) => outageMs < atLeast || outageMs > atMost,
  );
  if (bad >= 0) return judge.failed(texts[bad]!);
  const longest = pods.reduce(
    (most, { outageMs }, i) => (outageMs > pods[most]!.outageMs ? i : most),
    0,
  );
  return judge.held(texts[longest]!);
}

function lengthText(atLeast: number, atMost: number): string {
  if (atMost === Infinity) return `for at least ${spoken(atLeast)}`;
  return atLeast === 0
    ? `for at most ${spoken(atMost)}`
    : `for ${spoken(atLeast)} to ${spoken(atMost)}`;
}
