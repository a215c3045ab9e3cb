/**
 * The shape of a Pod but for its volumes. The status is not checked: clients that set it are ignored.
 * Source: kubernetes/kubernetes v1.30 api (the field lists), with the fields added up to v1.35.
 */

/** See `shape.ts` for the notation. */
export const POD_SHAPES = `
Pod: apiVersion str, kind str, metadata ObjectMeta, spec PodSpec, status any;
PodSpec:
  activeDeadlineSeconds i64, affinity Affinity,
  automountServiceAccountToken bool, containers [Container],
  dnsConfig PodDNSConfig, dnsPolicy str, enableServiceLinks bool,
  ephemeralContainers [EphemeralContainer], hostAliases [HostAlias],
  hostIPC bool, hostname str, hostnameOverride str, hostNetwork bool,
  hostPID bool, hostUsers bool, imagePullSecrets [LocalObjectReference],
  initContainers [Container], nodeName str, nodeSelector {str}, os PodOS,
  overhead {quantity}, preemptionPolicy str, priority i32,
  priorityClassName str, readinessGates [PodReadinessGate],
  resourceClaims [PodResourceClaim], resources ResourceRequirements,
  restartPolicy str, runtimeClassName str, schedulerName str,
  schedulingGates [PodSchedulingGate], securityContext PodSecurityContext,
  serviceAccount str, serviceAccountName str, setHostnameAsFQDN bool,
  shareProcessNamespace bool, subdomain str,
  terminationGracePeriodSeconds i64, tolerations [Toleration],
  topologySpreadConstraints [TopologySpreadConstraint], volumes [Volume],
  workloadRef any;
Affinity:
  nodeAffinity NodeAffinity, podAffinity PodAffinity,
  podAntiAffinity PodAntiAffinity;
NodeAffinity:
  preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm],
  requiredDuringSchedulingIgnoredDuringExecution NodeSelector;
PreferredSchedulingTerm: preference NodeSelectorTerm, weight i32;
NodeSelectorTerm:
  matchExpressions [NodeSelectorRequirement],
  matchFields [NodeSelectorRequirement];
NodeSelectorRequirement: key str, operator str, values [str];
NodeSelector: nodeSelectorTerms [NodeSelectorTerm];
PodAffinity:
  preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm],
  requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm];
WeightedPodAffinityTerm: podAffinityTerm PodAffinityTerm, weight i32;
PodAffinityTerm:
  labelSelector LabelSelector, matchLabelKeys [str], mismatchLabelKeys [str],
  namespaces [str], namespaceSelector LabelSelector, topologyKey str;
PodAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm],
  requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm];
Container:
  args [str], command [str], env [EnvVar], envFrom [EnvFromSource], image str,
  imagePullPolicy str, lifecycle Lifecycle, livenessProbe Probe, name str,
  ports [ContainerPort], readinessProbe Probe,
  resizePolicy [ContainerResizePolicy], resources ResourceRequirements,
  restartPolicy str, restartPolicyRules [any],
  securityContext SecurityContext, startupProbe Probe, stdin bool,
  stdinOnce bool, terminationMessagePath str, terminationMessagePolicy str,
  tty bool, volumeDevices [VolumeDevice], volumeMounts [VolumeMount],
  workingDir str;
EnvVar: name str, value str, valueFrom EnvVarSource;
EnvVarSource:
  configMapKeyRef ConfigMapKeySelector, fieldRef ObjectFieldSelector,
  fileKeyRef any, resourceFieldRef ResourceFieldSelector,
  secretKeyRef SecretKeySelector;
ConfigMapKeySelector: key str, name str, optional bool;
ObjectFieldSelector: apiVersion str, fieldPath str;
ResourceFieldSelector: containerName str, divisor quantity, resource str;
SecretKeySelector: key str, name str, optional bool;
EnvFromSource:
  configMapRef ConfigMapEnvSource, prefix str, secretRef SecretEnvSource;
ConfigMapEnvSource: name str, optional bool;
SecretEnvSource: name str, optional bool;
Lifecycle: postStart LifecycleHandler, preStop LifecycleHandler, stopSignal str;
LifecycleHandler:
  exec ExecAction, httpGet HTTPGetAction, sleep SleepAction,
  tcpSocket TCPSocketAction;
ExecAction: command [str];
HTTPGetAction:
  host str, httpHeaders [HTTPHeader], path str, port intstr, scheme str;
HTTPHeader: name str, value str;
SleepAction: seconds i64;
TCPSocketAction: host str, port intstr;
Probe:
  exec ExecAction, failureThreshold i32, grpc GRPCAction,
  httpGet HTTPGetAction, initialDelaySeconds i32, periodSeconds i32,
  successThreshold i32, tcpSocket TCPSocketAction,
  terminationGracePeriodSeconds i64, timeoutSeconds i32;
GRPCAction: port i32, service str;
ContainerPort:
  containerPort i32, hostIP str, hostPort i32, name str, protocol str;
ContainerResizePolicy: resourceName str, restartPolicy str;
ResourceRequirements:
  claims [ResourceClaim], limits {quantity}, requests {quantity};
ResourceClaim: name str, request str;
SecurityContext:
  allowPrivilegeEscalation bool, appArmorProfile AppArmorProfile,
  capabilities Capabilities, privileged bool, procMount str,
  readOnlyRootFilesystem bool, runAsGroup i64, runAsNonRoot bool,
  runAsUser i64, seccompProfile SeccompProfile, seLinuxOptions SELinuxOptions,
  windowsOptions WindowsSecurityContextOptions;
AppArmorProfile: localhostProfile str, type str;
Capabilities: add [str], drop [str];
SELinuxOptions: level str, role str, type str, user str;
SeccompProfile: localhostProfile str, type str;
WindowsSecurityContextOptions:
  gmsaCredentialSpec str, gmsaCredentialSpecName str, hostProcess bool,
  runAsUserName str;
VolumeDevice: devicePath str, name str;
VolumeMount:
  mountPath str, mountPropagation str, name str, readOnly bool,
  recursiveReadOnly str, subPath str, subPathExpr str;
PodDNSConfig: nameservers [str], options [PodDNSConfigOption], searches [str];
PodDNSConfigOption: name str, value str;
EphemeralContainer:
  args [str], command [str], env [EnvVar], envFrom [EnvFromSource], image str,
  imagePullPolicy str, lifecycle Lifecycle, livenessProbe Probe, name str,
  ports [ContainerPort], readinessProbe Probe,
  resizePolicy [ContainerResizePolicy], resources ResourceRequirements,
  restartPolicy str, restartPolicyRules [any],
  securityContext SecurityContext, startupProbe Probe, stdin bool,
  stdinOnce bool, targetContainerName str, terminationMessagePath str,
  terminationMessagePolicy str, tty bool, volumeDevices [VolumeDevice],
  volumeMounts [VolumeMount], workingDir str;
HostAlias: hostnames [str], ip str;
PodOS: name str;
PodReadinessGate: conditionType str;
PodResourceClaim:
  name str, resourceClaimName str, resourceClaimTemplateName str;
PodSchedulingGate: name str;
PodSecurityContext:
  appArmorProfile AppArmorProfile, fsGroup i64, fsGroupChangePolicy str,
  runAsGroup i64, runAsNonRoot bool, runAsUser i64,
  seccompProfile SeccompProfile, seLinuxChangePolicy str,
  seLinuxOptions SELinuxOptions, supplementalGroups [i64],
  supplementalGroupsPolicy str, sysctls [Sysctl],
  windowsOptions WindowsSecurityContextOptions;
Sysctl: name str, value str;
Toleration: effect str, key str, operator str, tolerationSeconds i64, value str;
TopologySpreadConstraint:
  labelSelector LabelSelector, matchLabelKeys [str], maxSkew i32,
  minDomains i32, nodeAffinityPolicy str, nodeTaintsPolicy str,
  topologyKey str, whenUnsatisfiable str;
`;
