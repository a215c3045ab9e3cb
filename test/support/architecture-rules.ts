/**
 * Who may import whom (docs/architecture.md), as data: the parts of `src/`, what each may import, and the one home of
 * every third-party library.
 */

export interface Part {
  readonly name: string;
  /** Files of the part; the first part that matches has a file. */
  readonly files: RegExp;
  /** Beside the part itself. */
  readonly mayImport: readonly Allowance[];
}

export interface Allowance {
  /** As the message says it. */
  readonly what: string;
  readonly targets: RegExp;
  readonly typesOnly?: boolean;
}

const kernel: Allowance = { what: "kernel", targets: /^src\/kernel\// };
const doorsOfRooms: Allowance = {
  what: "the index.ts of a room",
  targets:
    /^src\/(keyvault-mock|azure-mock|cluster-sim|kubelet-sim)\/index\.ts$/,
};
/** What rooms agree on: their fact types and ports. */
const contractsOfRooms: Allowance = {
  what: "types from a room's facts.ts or ports.ts",
  targets: /^src\/[a-z-]+\/(facts|ports)\.ts$/,
  typesOnly: true,
};
const clusterPorts: Allowance = {
  what: "types from cluster-sim/ports.ts and facts.ts",
  targets: /^src\/cluster-sim\/(ports|facts)\.ts$/,
  typesOnly: true,
};
const emulator = (...parts: readonly string[]): Allowance => ({
  what: parts.map((part) => `emulator/${part}`).join(", "),
  targets: new RegExp(`^src/emulator/(${parts.join("|")})/`),
});
const wholeEmulator: Allowance = {
  what: "emulator",
  targets: /^src\/emulator\//,
};
const doorsOfHttp: Allowance = {
  what: "a room's http/index.ts",
  targets: /^src\/[a-z-]+\/(.*\/)?http\/index\.ts$/,
};

/** No index.ts exports it, so that only those who look into a volume load memfs. */
const memfsBackend: Allowance = {
  what: "kubelet-sim's memfs back end of pod files",
  targets: /^src\/kubelet-sim\/pod-fs\/memfs-pod-fs\.ts$/,
};

export const PARTS: readonly Part[] = [
  { name: "kernel", files: /^src\/kernel\//, mayImport: [] },
  ...["keyvault-mock", "azure-mock", "cluster-sim"].map((room) => ({
    name: `${room}/http`,
    files: new RegExp(`^src/${room}/(.*/)?http/`),
    mayImport: [
      kernel,
      { what: room, targets: new RegExp(`^src/${room}/`) },
    ] as const,
  })),
  {
    name: "keyvault-mock",
    files: /^src\/keyvault-mock\//,
    mayImport: [kernel],
  },
  { name: "cluster-sim", files: /^src\/cluster-sim\//, mayImport: [kernel] },
  {
    name: "azure-mock",
    files: /^src\/azure-mock\//,
    mayImport: [
      kernel,
      {
        what: "keyvault-mock/index.ts",
        targets: /^src\/keyvault-mock\/index\.ts$/,
      },
      clusterPorts,
    ],
  },
  {
    name: "kubelet-sim",
    files: /^src\/kubelet-sim\//,
    mayImport: [
      kernel,
      clusterPorts,
      {
        what: "cluster-sim/client/index.ts",
        targets: /^src\/cluster-sim\/client\/index\.ts$/,
      },
    ],
  },
  {
    name: "emulator/views",
    files: /^src\/emulator\/views\//,
    mayImport: [
      kernel,
      emulator("trace"),
      contractsOfRooms,
      {
        what: "types from emulator/world/settings.ts and commands.ts",
        targets: /^src\/emulator\/world\/(settings|commands)\.ts$/,
        typesOnly: true,
      },
    ],
  },
  {
    name: "emulator/output",
    files: /^src\/emulator\/output\//,
    mayImport: [kernel, emulator("views", "trace")],
  },
  ...["world", "trace", "profiles", "invariants"].map((part) => ({
    name: `emulator/${part}`,
    files: new RegExp(`^src/emulator/${part}/`),
    mayImport: [
      kernel,
      emulator("world", "trace", "profiles", "invariants"),
      doorsOfRooms,
      contractsOfRooms,
    ] as const,
  })),
  ...["scenario", "journal", "clocks"].map((part) => ({
    name: `emulator/${part}`,
    files: new RegExp(`^src/emulator/${part}/`),
    mayImport: [
      kernel,
      emulator("world", "trace", "profiles", "invariants"),
      ...(part === "scenario" ? [emulator("journal")] : []),
      contractsOfRooms,
    ],
  })),
  { name: "emulator/page", files: /^src\/emulator\/page\//, mayImport: [] },
  {
    name: "emulator's doors (index, http, cli)",
    files: /^src\/emulator\//,
    mayImport: [
      kernel,
      wholeEmulator,
      doorsOfRooms,
      doorsOfHttp,
      memfsBackend,
      contractsOfRooms,
    ],
  },
];

export interface Home {
  readonly library: string;
  readonly files: RegExp;
  /** How others get what the library does. */
  readonly instead: string;
  /** Where its types may be named, too. */
  readonly types?: RegExp;
}

export const HOMES: readonly Home[] = [
  {
    library: "xstate",
    files: /\.machine\.ts$|^src\/kernel\/machine-runner\.ts$/,
    types: /^src\/kernel\/machine-/,
    instead: "definitions live in *.machine.ts; machineSet runs them",
  },
  {
    library: "yaml",
    files:
      /^src\/(kernel\/yaml\.ts|emulator\/(profiles\/input|scenario|journal)\/)/,
    instead:
      "kernel/yaml.ts reads plain data, emulator/profiles/input keeps positions",
  },
  {
    library: "zod",
    files: /^src\/emulator\/(profiles|scenario|journal|world|trace|http)\//,
    instead: "only what comes from outside is checked by a schema",
  },
  {
    library: "memfs",
    files: /^src\/kubelet-sim\/pod-fs\/memfs-pod-fs\.ts$/,
    instead: "use the PodFs interface",
  },
  {
    library: "@noble/hashes",
    files: /^src\/kernel\/hash\.ts$/,
    instead: "use kernel/hash.ts",
  },
  {
    library: "unbash",
    files: /^src\/kubelet-sim\/exec\/shell\//,
    instead: "the shell parses; utilities get words",
  },
  {
    library: "rfc6902",
    files: /^src\/cluster-sim\/api-server\/patches\.ts$/,
    instead: "ask the API server for a patch",
  },
  {
    library: "croner",
    files: /^src\/cluster-sim\/controllers\/job\/schedule\.ts$/,
    instead:
      "use controllers/job/schedule.ts, which keeps the host's clock out",
  },
  {
    library: "express",
    files: /\/http\//,
    instead: "write an operation; a router calls it",
  },
  {
    library: "commander",
    files: /^src\/emulator\/cli\//,
    instead: "only the command line reads arguments",
  },
  {
    library: "picocolors",
    files: /^src\/emulator\/views\/terminal\.ts$/,
    instead: "use views/terminal.ts, which knows whether colours are wanted",
  },
  {
    library: "cli-table3",
    files: /^src\/emulator\/(views|cli)\//,
    instead: "views draw tables",
  },
  {
    library: "node:",
    files:
      /\/http\/|^src\/emulator\/(cli|clocks|output)\/|\/load\.ts$|\/input\/read-file\.ts$|^src\/emulator\/journal\/file\.ts$|\/disk-pod-fs\.ts$/,
    instead: "the core knows no host; a shell reads and passes data in",
  },
];

/** Where the program is entered: every other file must be imported by somebody. */
export const ENTRIES: readonly string[] = [
  "src/emulator/index.ts",
  "src/emulator/cli/main.ts",
  // The other arm of the conformance tests of PodFs: a real directory.
  "src/kubelet-sim/pod-fs/disk-pod-fs.ts",
];
