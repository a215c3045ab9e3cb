/**
 * The driver's informers: the pods and SecretProviderClassPodStatuses of its node, the Secrets it manages, those labelled
 * as used by a nodePublishSecretRef, and every SecretProviderClass. Everything the driver decides, it decides on these, however old they are.
 * A new process lists and watches anew; what was under way to the old one is nobody's.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/k8s/store.go, cmd/secrets-store-csi-driver/main.go; csi-driver.md 1.1
 */
import type {
  Informer,
  InformerChange,
} from "../../cluster-sim/client/index.ts";
import {
  applyWatch,
  itemKey,
  newInformer,
} from "../../cluster-sim/client/index.ts";
import type {
  ApiClient,
  Selection,
  Stored,
  WatchEvent,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { Component } from "../../kernel/simulation.ts";
import { MANAGED_LABEL, NODE_NAME_LABEL, USED_LABEL } from "./pod-status.ts";

export type CacheName =
  "pods" | "classes" | "podStatuses" | "secrets" | "nodePublishSecrets";

interface DriverCachesState {
  informers: Record<CacheName, Informer>;
  /** Watches of this process. */
  watches: number[];
  /** Counts the starts of the process: events for an earlier one are nobody's. */
  epoch: number;
}

export class DriverCaches implements Component {
  readonly name: string;
  state: DriverCachesState = {
    informers: emptyInformers(),
    watches: [],
    epoch: 0,
  };
  /** Counts changes, for those who remember what they found; not part of the world's state. */
  changes = 0;
  /** Hears of every change. Set when the driver is put together. */
  onChange: (cache: CacheName, change: InformerChange) => void = () => {};
  readonly #node: string;
  readonly #api: ApiClient;

  constructor(node: string, api: ApiClient) {
    this.name = `${node}/csi-driver/caches`;
    this.#node = node;
    this.#api = api;
  }

  /** The process starts: lists and watches, from nothing. */
  start(): void {
    const selections: Record<CacheName, Selection> = {
      pods: { kind: "Pod", fieldSelector: `spec.nodeName=${this.#node}` },
      classes: { kind: "SecretProviderClass" },
      podStatuses: {
        kind: "SecretProviderClassPodStatus",
        labelSelector: `${NODE_NAME_LABEL}=${this.#node}`,
      },
      secrets: { kind: "Secret", labelSelector: `${MANAGED_LABEL}=true` },
      nodePublishSecrets: {
        kind: "Secret",
        labelSelector: `${USED_LABEL}=true`,
      },
    };
    const { epoch } = this.state;
    for (const [cache, selection] of Object.entries(selections))
      this.state.watches.push(
        this.#api.watch(selection, {
          target: this.name,
          tag: { cache, epoch },
        }),
      );
  }

  /** The process ends, and with it everything it knew. */
  stop(): void {
    const { watches, epoch } = this.state;
    for (const id of watches) this.#api.unwatch(id);
    this.state = {
      informers: emptyInformers(),
      watches: [],
      epoch: epoch + 1,
    };
    this.changes += 1;
  }

  /** Whether every initial list has arrived. */
  get synced(): boolean {
    return Object.values(this.state.informers).every(({ synced }) => synced);
  }

  handle(event: SimEvent): void {
    const watch = event as WatchEvent;
    if (watch.tag["epoch"] !== this.state.epoch) return;
    const cache = watch.tag["cache"] as CacheName;
    const change = applyWatch(this.state.informers[cache], watch);
    if (change === null) return;
    this.changes += 1;
    this.onChange(cache, change);
  }

  get(cache: CacheName, namespace: string, name: string): Stored | null {
    return this.find(cache, itemKey(namespace, name));
  }

  /** The same by `namespace/name`. */
  find(cache: CacheName, key: string): Stored | null {
    return this.state.informers[cache].items.get(key) ?? null;
  }

  list(cache: CacheName): IterableIterator<[string, Stored]> {
    return this.state.informers[cache].items.entries();
  }
}

function emptyInformers(): Record<CacheName, Informer> {
  return {
    pods: newInformer(),
    classes: newInformer(),
    podStatuses: newInformer(),
    secrets: newInformer(),
    nodePublishSecrets: newInformer(),
  };
}
