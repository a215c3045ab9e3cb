/**
 * Every row of the state tables that end the references `csi-driver.md` (12) and `kubelet.md` (13), and of the worked timelines
 * of `alternatives.md` (7.2) and `reloader.md` (1.13), by its id: table and row in order. A test that covers a row has `[CSI-12.1-03]` in its name; `coverage-reporter.ts` fails a run that left one out.
 */
export const STATE_TABLE_ROWS: Readonly<Record<string, string>> = {
  "CSI-12.0-01":
    "rotation poll interval I · 120 (flag) · none · 12.2 ticker; 12.3 minimum age",
  "CSI-12.0-02": "rotation error requeue · 10 flat · none · 12.2",
  "CSI-12.0-03":
    "rotation SPCPS-not-found requeue · 0.005·2^n, 5 times · none (10/s, burst 100 shared) · 12.2",
  "CSI-12.0-04": "rotation workers per node · 1 · – · 12.2",
  "CSI-12.0-05":
    "SPCPS / Secret write tries · 5, 0.001 apart · +0–10 % · 12.2, 12.4",
  "CSI-12.0-06": "SPCPS controller: pod or SPC missing · 5 · none · 12.4",
  "CSI-12.0-07": "SPCPS controller: errors · 0.005·2^n, cap 1000 · none · 12.4",
  "CSI-12.0-08": "SPCPS controller: after success · 300 · none · 12.4",
  "CSI-12.0-09":
    "owner patcher period · 5, first run 5 after driver start · none · 12.4",
  "CSI-12.0-10":
    "kubelet pod sync · 60 · x [1, 1.5) uniform, then next 1 s tick · 12.3",
  "CSI-12.0-11": "kubelet volume loops · 0.1 + 0.1 · none · 12.1, 12.3",
  "CSI-12.0-12":
    "kubelet mount backoff · 0.5 doubling, cap 122 · none · 12.1, 12.3",
  "CSI-12.0-13": "kubelet wait for mounts per sync · 123 · none · 12.1",
  "CSI-12.0-14": "CSI call deadline · 120 · none · 12.1, 12.3 (not 12.2)",
  "CSI-12.0-15":
    "driver->provider gRPC retry · UNAVAILABLE, 3 attempts, 1 x1.1 up to 10 · library · Mount",
  "CSI-12.0-16":
    "KV SDK retry · 3 retries, 0.8·(2^n-1), cap 60 · x [0.8, 1.3) · Mount",
  "CSI-12.0-17":
    "SA token refresh · 80 % of TTL or 24 h · minus 0–10 · identity",
  "CSI-12.0-18":
    "provider health check (off by default) · 120, RPC timeout 5 · none · log only",
  "CSI-12.0-19":
    "event recorder · burst 25, then 1 per 300; aggregate > 10 per 600 · none · events",
  "CSI-12.1-01":
    "Unmounted · pod scheduled, volume needed · driver registered · Publishing · deadline 120",
  "CSI-12.1-02":
    'Unmounted · same · driver not registered · Backoff(1) · FailedMount "not found in the list …"',
  "CSI-12.1-03":
    "Publishing · SPC missing / invalid · Backoff(n+1) · FailedMount",
  "CSI-12.1-04":
    'Publishing · provider socket missing · Backoff(n+1) · FailedMount "provider not found"',
  "CSI-12.1-05":
    "Publishing · kv ok · Mounted · write files at t; m := t; create/update SPCPS; containers may start",
  "CSI-12.1-06":
    "Publishing · kv error · Backoff(n+1) · unmount tmpfs; FailedMount; no SPCPS",
  "CSI-12.1-07":
    "Publishing · deadline · Backoff(n+1) · code DeadlineExceeded (non-final: directory kept)",
  "CSI-12.1-08":
    "Backoff(n) · timer min(0.5*2^(n-1), 122) · pod still wanted · Publishing",
  "CSI-12.1-09":
    'Backoff(n) · 123 since sync start · Backoff(n) · Kubernetes ≤1.27: extra FailedMount "Unable to attach or mount volumes …", repeats each sync',
  "CSI-12.1-10":
    "Mounted · republish (gen B) · rotation off, or now < m + I · Mounted · none",
  "CSI-12.1-11":
    "Mounted · republish (gen B) · rotation on and now >= m + I · Mounted · run 12.3 poll",
  "CSI-12.1-12":
    "Mounted · republish (gen A, kubelet restart) · Mounted · none",
  "CSI-12.1-13": "Mounted · node reboot · Unmounted · files lost, SPCPS kept",
  "CSI-12.1-14":
    "Mounted / Backoff · pod deleted or terminated, containers stopped · Unpublishing",
  "CSI-12.1-15":
    "Unpublishing · ok · Gone · SPCPS removed later by GC with the Pod object",
  "CSI-12.1-16":
    "Unpublishing · error · Unpublishing · kubelet backoff 0.5 … 122",
  "CSI-12.2-01":
    "Idle/Working · tick at S + k*I · Working · enqueue every SPCPS of the node not already queued",
  "CSI-12.2-02":
    "Working · take key · SPCPS gone · Working · rate-limited re-add 5,10,20,40,80 ms, then drop",
  "CSI-12.2-03":
    "Working · take key · pod terminating/Succeeded/Failed · Working · skip",
  "CSI-12.2-04":
    "Working · take key · precondition error (2.2 steps 2–9) · Working · event if listed; re-add at +10",
  "CSI-12.2-05":
    "Working · kv running · Working · worker busy, no deadline; other keys wait",
  "CSI-12.2-06":
    "Working · kv error · Working · MountRotationFailed; re-add at +10; nothing changes",
  "CSI-12.2-07":
    'Working · kv ok, bytes equal, versions equal · Working · only step "secrets"',
  "CSI-12.2-08":
    'Working · kv ok, versions differ · Working · files switched (if bytes differ) -> MountRotationComplete -> SPCPS updated -> step "secrets"',
  "CSI-12.2-09":
    'Working · step "secrets", per secretObject · hash equal · Working · SecretRotationComplete',
  "CSI-12.2-10":
    "Working · same · hash differs, Secret in cache · Working · patch data; SecretRotationComplete",
  "CSI-12.2-11":
    "Working · same · Secret missing/unlabelled/forbidden · Working · SecretRotationFailed, no requeue",
  "CSI-12.2-12":
    "Working · same · bad spec or missing file · Working · SecretRotationFailed; whole key re-added at +10 after the loop",
  "CSI-12.2-13": "Working · queue empty · Idle",
  "CSI-12.2-14": "any · driver stops · Down",
  "CSI-12.2-15":
    "Down · driver starts at S' · Idle · S := S', first tick S' + I",
  "CSI-12.3-01": "Fresh · sync · now < m + I · Fresh · OK, count node_publish",
  "CSI-12.3-02": "Fresh · time reaches m + I · Due",
  "CSI-12.3-03":
    "Due · sync · SPC missing/invalid · Due · FailedMount; kubelet backoff 0.5 … 122",
  "CSI-12.3-04":
    "Due · sync · kv error, write error or SPCPS error · Due · masked; error metrics; retry at next sync",
  "CSI-12.3-05":
    "Due · sync · kv ok, bytes equal · Due · SPCPS PUT (no-op unless a version changed); m unchanged",
  "CSI-12.3-06":
    "Due · sync · kv ok, bytes differ · Fresh · files switched, m := now, SPCPS updated -> watch event -> 12.4",
  "CSI-12.3-07": "any · pod terminated · end",
  "CSI-12.4-01":
    "Idle · SPCPS created/updated on this node, driver start, or timer · Reconciling · one at a time, excludes patcher",
  "CSI-12.4-02":
    "Reconciling · SPCPS gone, pod ended, or no secretObjects · Idle · no timer",
  "CSI-12.4-03": "Reconciling · pod or SPC not in cache · Waiting · timer 5",
  "CSI-12.4-04":
    "Reconciling · target/volume mismatch, unreadable mount · Waiting · exponential 0.005*2^n, cap 1000",
  "CSI-12.4-05":
    "Reconciling · per secretObject · invalid or file missing · (continue) · FailedToCreateSecret for data errors; end state Waiting exponential",
  "CSI-12.4-06":
    "Reconciling · per secretObject · gen A: exists · (continue) · nothing",
  "CSI-12.4-07":
    "Reconciling · per secretObject · gen A: absent · (continue) · create from local files",
  "CSI-12.4-08":
    "Reconciling · per secretObject · gen B · (continue) · create, or replace data/type/labels/annotations and clear ownerReferences",
  "CSI-12.4-09":
    'Reconciling · write failed 5x · Waiting · FailedToCreateSecret "timed out waiting for the condition"; exponential',
  "CSI-12.4-10":
    "Reconciling · all ok · Waiting · timer 300, failure counter reset",
  "CSI-12.4-11": "Waiting · timer or SPCPS event · Reconciling",
  "CSI-12.4-12":
    "patcher, every 5 s, first 5 s after start: adds owners missing by name; an unreadable pod or class aborts the run",
  "CSI-12.4-13":
    "garbage collector: deletes a Secret whose owners are all gone; one without owner references never",
  "CSI-12.5-01":
    "order of effects, generation A: tick, queue, 401, GETs, ..data, MountRotationComplete, SPCPS, Secret PATCH, SecretRotationComplete",
  "CSI-12.5-02":
    "order of effects, generation B: pod sync, age check, 401, GETs, ..data, SPCPS PUT, watch event, Secret PUT without owners, owners PATCH within 5 s",
  "KUBELET-13.1-01":
    "Idle · sync tick · dueAt < now (strict) · start → WaitCache",
  "KUBELET-13.1-02":
    "Idle · pod add/update, PLEG, probe change · – · start → WaitCache",
  "KUBELET-13.1-03":
    "WaitCache · PLEG cache time > lastSyncEnd · – · → Syncing",
  "KUBELET-13.1-04":
    "any working · further update · not finished · pending = newest (kill kept)",
  "KUBELET-13.1-05":
    "Syncing · network not ready · not hostNetwork · end with error N",
  "KUBELET-13.1-06":
    "Syncing · volume step · all used volumes mounted · flag refresh; continue at once",
  "KUBELET-13.1-07":
    "Syncing · volume step · some not mounted · flag; → WaitVolumes, check at +0, +300 ms, …",
  "KUBELET-13.1-08":
    "WaitVolumes · check passes · – · → Syncing (runtime part)",
  "KUBELET-13.1-09":
    "WaitVolumes · 123 s elapsed · – · end with error E (event only ≤1.27)",
  "KUBELET-13.1-10":
    "WaitVolumes, Syncing · delete / evict · – · cancel → Terminating",
  "KUBELET-13.1-11":
    "Syncing · containers started or nothing to do · – · end OK",
  "KUBELET-13.1-12":
    "Syncing · container config error, create error, crash backoff · – · end with error E (or B with expiry ≥1.35)",
  "KUBELET-13.1-13":
    "end OK · – · – · dueAt = end + 60·(1+0.5u); → Idle or next pending",
  "KUBELET-13.1-14":
    "end E / N / B · – · – · dueAt = end + 10·(1+0.5u) / 1·(1+0.5u) / min(b,60)·(1+0.5u)",
  "KUBELET-13.1-15":
    "Terminating · containers stopped · – · → Terminated (next relist)",
  "KUBELET-13.1-16":
    "Terminated · volumes gone · – · unregister Secrets, final status → Finished",
  "KUBELET-13.2-01":
    "Absent · populator pass · used by a container, pod not terminating · add; reconciler +1 pass → Attached, +1 pass → Mounting",
  "KUBELET-13.2-02": "Mounting · SetUp ok · – · clear backoff → Mounted",
  "KUBELET-13.2-03":
    "Mounting · SetUp error · final · event; backoff → BackoffFirst",
  "KUBELET-13.2-04":
    "Mounting · SetUp error · CSI, uncertain · event; backoff → Uncertain",
  "KUBELET-13.2-05":
    "BackoffFirst, Uncertain · reconciler pass · now > notBefore · → Mounting",
  "KUBELET-13.2-06":
    "Mounted · populator pass after SyncPod · plugin requires remount · → MountedDirty",
  "KUBELET-13.2-07": "MountedDirty · reconciler pass · – · → Refreshing",
  "KUBELET-13.2-08":
    "Refreshing · SetUp ok · – · clear flag (also one set meanwhile), clear backoff → Mounted",
  "KUBELET-13.2-09":
    "Refreshing · SetUp error · – · event; backoff → BackoffRefresh (content unchanged, counts as mounted)",
  "KUBELET-13.2-10":
    "BackoffRefresh · reconciler pass · now > notBefore · → Refreshing",
  "KUBELET-13.2-11":
    "BackoffRefresh · next SyncPod · – · flag already set; backoff not shortened",
  "KUBELET-13.2-12": "any · pod's containers gone · – · → Unmounting → Absent",
  "KUBELET-13.2-13":
    "any · kubelet restart · volume on disk · → Uncertain with backoff 0",
  "KUBELET-13.3-01": "None · first reference · – · list → Syncing",
  "KUBELET-13.3-02": "Syncing · list done · – · store = result or empty → Live",
  "KUBELET-13.3-03":
    "Syncing · list error · – · wait Jitter(0.8·2^k cap 30, 1.0) → Syncing",
  "KUBELET-13.3-04": "Live · watch event (latency W) · – · update store",
  "KUBELET-13.3-05":
    "Live · watch lost · – · re-watch or re-list with the same backoff → Retrying (store still readable)",
  "KUBELET-13.3-06":
    "Live · Get · immutable object · return; → ImmutableStopped",
  "KUBELET-13.3-07":
    "Live, Retrying · Get · – · return store / NotFound; lastAccess = now",
  "KUBELET-13.3-08":
    'Syncing · Get · not synced after 1 s · error "failed to sync secret cache: …"',
  "KUBELET-13.3-09":
    "Live · 1 m sweep · now > lastAccess + 5·syncFrequency · → IdleStopped (unsynced)",
  "KUBELET-13.3-10":
    "IdleStopped · Get · – · restart list → Syncing, wait ≤1 s",
  "KUBELET-13.3-11":
    "ImmutableStopped · Get · – · return stored object, for ever",
  "KUBELET-13.3-12": "any · last reference gone · – · → None",
  "KUBELET-13.3-13": "any · kubelet restart · – · → None",
  "KUBELET-13.4-01":
    "Cache: Get when failed before or age >= TTL asks the API server; younger is answered from the cache",
  "KUBELET-13.4-02":
    "Cache: 200 with a newer or equal resourceVersion, or 404, is stored",
  "KUBELET-13.4-03":
    "Cache: another failure keeps and returns the cached value, without one the failure",
  "KUBELET-13.4-04":
    "Cache: first registration of a pod clears the entry (<=1.28: every SyncPod)",
  "KUBELET-13.4-05": "Cache: the TTL is read from the node at each Get",
  "KUBELET-13.5-01": "Get: one quorum GET for each call, errors passed through",
  "KUBELET-13.6-01":
    "Waiting (ContainerCreating, PodInitializing) -> env resolved, created -> Running -> exit -> Terminated",
  "KUBELET-13.6-02": "Terminated, restart allowed: at once the first time",
  "KUBELET-13.6-03":
    "Terminated again: Waiting (CrashLoopBackOff) until finishedAt + back-off, then Running",
  "KUBELET-13.6-04":
    "Waiting (CreateContainerConfigError) is retried at each SyncPod",
  "KUBELET-13.6-05":
    "fixed at creation: env values with the resourceVersion of their Secret, subPath inodes",
  "KUBELET-13.6-06": "live: links of volume directories",
  "KUBELET-13.7-01":
    "draws of one refresh cycle: resync u per pod, phases per node, watch latency, token jitter, directory suffix; nothing else",
  "KUBELET-13.8-01":
    "the constants have their defaults: sync 60 s x [1, 1.5), 10 s, 1 s, 1 s, 1 s, 100 ms, 100 ms, 300 ms, 123 s, 0.5..122 s, 60 s TTL, 5 idle periods, 120 s, 10..300 s, 600 s",
  "ALT-7.2-01":
    "app-poll fixed-rate · P 300 · runs 0, 300, 600 · v2 never · v3 300",
  "ALT-7.2-02":
    "dotnet-kv-config · P 300, L 1 · runs 0-1, 301-302, 602-603 · v2 never · v3 302",
  "ALT-7.2-03": "spring-kv · P 1800 · runs 0, 1800 · v2 never · v3 1800",
  "ALT-7.2-04": "akv2k8s · P 30 · v2 120 · v3 150",
  "ALT-7.2-05":
    "akv2k8s, v3 moved to 120 and resync at 120 · write before poll · v2 never · v3 120",
  "ALT-7.2-06": "eso · P 3600 · runs 0, 3600 · v2 never · v3 3600",
  "ALT-7.2-07":
    "eso + annotation at 110 · P 3600 · runs 0, 110, 3710 · v2 110 · v3 3710",
  "ALT-7.2-08":
    "sync-controller · P 43200 · runs 0, 43200 · v2 never · v3 43200",
  "ALT-7.2-09":
    "sync-controller + forceSynchronization at 110 · runs 0, 110, 43200 · v2 110 · v3 43200",
  "ALT-7.2-10":
    "sse · P 3600, jitter 60 seeded · runs 0, 3600+u · v2 never · v3 3600+u",
  "ALT-7.2-11":
    "appconfig-provider · secret P 60 · runs 0, 60, 120, 180 · v2 120 · v3 180",
  "ALT-7.2-12":
    "appservice-ref · P 86400; config change at 110 · runs 0, 110, 86510 · v2 110 (restart) · v3 86510",
  "ALT-7.2-13":
    "dotnet, poll at 301 fails · P 300, L 1 · v2 never · data at 602, no OnChange",
  "ALT-7.2-14": "spring, poll at 1800 fails · dieOnError · v2 never · v3 never",
  "RELOADER-1.13-01":
    "(a) data change, named annotation, env-vars: one PATCH with the vector hash, one Reloaded event",
  "RELOADER-1.13-02":
    "(b) label-only Secret update: no PATCH, no_data_change 1",
  "RELOADER-1.13-03": "(c) A->B->A quickly: two PATCHes, final hash = A",
  "RELOADER-1.13-04":
    "(d) the same with Reloader down during the first change: at most one",
  "RELOADER-1.13-05":
    "(e) annotations strategy, two updates with equal data: none; with different: two",
  "RELOADER-1.13-06":
    "(f) auto + CSI-only pod: no PATCH on Secret change; PATCH on SPCPS change with CSI enabled",
  "RELOADER-1.13-07":
    "(g) pause 5m: change at 0 and 60 s: rollout at 300 s with the second hash",
  "RELOADER-1.13-08": "(h) leader crash at t, change at t+5 s: missed",
  "RELOADER-1.13-09":
    "(i) ignore on the workload: no effect; on the Secret: no reload",
};
