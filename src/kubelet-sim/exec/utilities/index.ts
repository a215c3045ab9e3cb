/** The utilities of a container by name. */
import { base64 } from "./base64.ts";
import { cat } from "./cat.ts";
import { cut } from "./cut.ts";
import { date } from "./date.ts";
import { echo } from "./echo.ts";
import { env, printenv } from "./environment.ts";
import { grep } from "./grep.ts";
import { head } from "./head.ts";
import { readlink, realpath } from "./links.ts";
import { ls } from "./ls.ts";
import type { UtilityName } from "./names.ts";
import { printf } from "./printf.ts";
import { seq } from "./seq.ts";
import { sha256sum } from "./sha256sum.ts";
import {
  basename,
  dirname,
  fail,
  hostname,
  pwd,
  sleep,
  succeed,
} from "./simple.ts";
import { sort, uniq } from "./sort.ts";
import { stat } from "./stat.ts";
import { tail } from "./tail.ts";
import { bracket, test } from "./test.ts";
import { tr } from "./tr.ts";
import type { Utility } from "./utility.ts";
import { timeout, watch } from "./watch.ts";
import { wc } from "./wc.ts";

const BY_NAME: Readonly<Record<UtilityName, Utility>> = {
  "[": bracket,
  base64,
  basename,
  cat,
  cut,
  date,
  dirname,
  echo,
  env,
  false: fail,
  grep,
  head,
  hostname,
  ls,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  seq,
  sha256sum,
  sleep,
  sort,
  stat,
  tail,
  test,
  timeout,
  tr,
  true: succeed,
  uniq,
  watch,
  wc,
};

export const UTILITIES: ReadonlyMap<string, Utility> = new Map(
  Object.entries(BY_NAME),
);
