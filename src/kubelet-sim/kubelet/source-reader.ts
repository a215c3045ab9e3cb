/**
 * The one place where a kubelet asks for what it gives to a pod: Secrets, ConfigMaps and service account tokens. It
 * knows two askers, the volumes and the containers, and hands late answers to the one that asked.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/volume_host.go (GetSecretFunc, GetConfigMapFunc, GetServiceAccountTokenFunc)
 */
import { invariant } from "../../kernel/errors.ts";
import type { ObjectName } from "../pod-spec.ts";
import type { ObjectManager } from "./object-manager.ts";
import type { ObjectRead } from "./object-entry.ts";
import type {
  TokenManager,
  TokenPod,
  TokenRead,
  TokenWant,
} from "./service-account-token.ts";

export type Want = ObjectName | TokenWant;
export type WantRead = ObjectRead | TokenRead;
export type Asker = "volume" | "container";

export interface SourceManagers {
  readonly secrets: ObjectManager;
  readonly configMaps: ObjectManager;
  readonly tokens: TokenManager;
}

export class SourceReader {
  readonly #managers: SourceManagers;
  readonly #askers = new Map<string, (id: number, read: WantRead) => void>();

  constructor(managers: SourceManagers) {
    this.#managers = managers;
    const { secrets, configMaps, tokens } = managers;
    const answer = (requester: string, read: WantRead) =>
      this.#answer(requester, read);
    secrets.onRead = answer;
    configMaps.onRead = answer;
    tokens.onToken = answer;
  }

  /** Who gets the late answers to an asker's reads. */
  answerTo(asker: Asker, listen: (id: number, read: WantRead) => void): void {
    this.#askers.set(asker, listen);
  }

  /** Null: the answer comes later, under `id`, which the asker does not use again. */
  read(asker: Asker, id: number, pod: TokenPod, want: Want): WantRead | null {
    const requester = `${asker} ${id}`;
    const { tokens } = this.#managers;
    if (want.kind === "ServiceAccountToken")
      return tokens.token(pod, want, requester);
    return this.#managerOf(want).read(pod.namespace, want.name, requester);
  }

  /** Reads a Secret past every cache; the answer always comes later. */
  readLive(asker: Asker, id: number, namespace: string, secret: string): void {
    this.#managers.secrets.get(namespace, secret, `${asker} ${id}`);
  }

  /** Names the data of an object that was read or seen last. */
  knownVersion(namespace: string, object: ObjectName): string | null {
    return this.#managerOf(object).knownVersion(namespace, object.name);
  }

  #managerOf({ kind }: ObjectName): ObjectManager {
    const { secrets, configMaps } = this.#managers;
    return kind === "Secret" ? secrets : configMaps;
  }

  #answer(requester: string, read: WantRead): void {
    const [asker = "", id] = requester.split(" ");
    const listen = this.#askers.get(asker);
    invariant(
      listen !== undefined,
      "NobodyAsked",
      `Failed to hand over an answer: nobody listens for ${requester}`,
    );
    listen(Number(id), read);
  }
}
