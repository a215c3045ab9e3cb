/**
 * The mutex that the SecretProviderClassPodStatus controller and the owner patcher of a driver share: while one works,
 * API calls and all, the other waits.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 controllers/secretproviderclasspodstatus_controller.go
 *         (Reconcile and Patcher lock the same sync.Mutex); csi-driver.md 5.1
 */
import type { Component } from "../../kernel/simulation.ts";

type LockHolder = "controller" | "patcher";

interface SyncLockState {
  holder: LockHolder | null;
  /** The other one, when it waits. */
  waiting: LockHolder | null;
}

export class SyncLock implements Component {
  readonly name: string;
  state: SyncLockState = { holder: null, waiting: null };
  /** Told when the lock becomes theirs after a wait. Set when the driver is put together. */
  granted: Readonly<Record<LockHolder, () => void>> = {
    controller: () => {},
    patcher: () => {},
  };

  constructor(node: string) {
    this.name = `${node}/csi-driver/sync-lock`;
  }

  handle(): void {
    // Nothing is ever scheduled for the lock.
  }

  /** Says whether the lock is theirs now; else `granted` will tell. */
  acquire(who: LockHolder): boolean {
    const { state } = this;
    if (state.holder === null) state.holder = who;
    else if (state.holder !== who) state.waiting = who;
    return state.holder === who;
  }

  release(): void {
    const next = this.state.waiting;
    this.state = { holder: next, waiting: null };
    if (next !== null) this.granted[next]();
  }

  /** The process ends. */
  reset(): void {
    this.state = { holder: null, waiting: null };
  }
}
