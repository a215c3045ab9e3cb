/**
 * The shapes of a pod's volumes, every source that exists upstream.
 * Source: kubernetes/kubernetes v1.30 api (the field lists), with the fields added up to v1.35.
 */

/** See `shape.ts` for the notation. */
export const VOLUME_SHAPES = `
Volume:
  awsElasticBlockStore AWSElasticBlockStoreVolumeSource,
  azureDisk AzureDiskVolumeSource, azureFile AzureFileVolumeSource,
  cephfs CephFSVolumeSource, cinder CinderVolumeSource,
  configMap ConfigMapVolumeSource, csi CSIVolumeSource,
  downwardAPI DownwardAPIVolumeSource, emptyDir EmptyDirVolumeSource,
  ephemeral EphemeralVolumeSource, fc FCVolumeSource,
  flexVolume FlexVolumeSource, flocker FlockerVolumeSource,
  gcePersistentDisk GCEPersistentDiskVolumeSource,
  gitRepo GitRepoVolumeSource, glusterfs GlusterfsVolumeSource,
  hostPath HostPathVolumeSource, image ImageVolumeSource,
  iscsi ISCSIVolumeSource, name str, nfs NFSVolumeSource,
  persistentVolumeClaim PersistentVolumeClaimVolumeSource,
  photonPersistentDisk PhotonPersistentDiskVolumeSource,
  portworxVolume PortworxVolumeSource, projected ProjectedVolumeSource,
  quobyte QuobyteVolumeSource, rbd RBDVolumeSource,
  scaleIO ScaleIOVolumeSource, secret SecretVolumeSource,
  storageos StorageOSVolumeSource,
  vsphereVolume VsphereVirtualDiskVolumeSource;
AWSElasticBlockStoreVolumeSource:
  fsType str, partition i32, readOnly bool, volumeID str;
AzureDiskVolumeSource:
  cachingMode str, diskName str, diskURI str, fsType str, kind str,
  readOnly bool;
AzureFileVolumeSource: readOnly bool, secretName str, shareName str;
CephFSVolumeSource:
  monitors [str], path str, readOnly bool, secretFile str,
  secretRef LocalObjectReference, user str;
CinderVolumeSource:
  fsType str, readOnly bool, secretRef LocalObjectReference, volumeID str;
ConfigMapVolumeSource:
  defaultMode i32, items [KeyToPath], name str, optional bool;
KeyToPath: key str, mode i32, path str;
CSIVolumeSource:
  driver str, fsType str, nodePublishSecretRef LocalObjectReference,
  readOnly bool, volumeAttributes {str};
DownwardAPIVolumeSource: defaultMode i32, items [DownwardAPIVolumeFile];
DownwardAPIVolumeFile:
  fieldRef ObjectFieldSelector, mode i32, path str,
  resourceFieldRef ResourceFieldSelector;
EmptyDirVolumeSource: medium str, sizeLimit quantity;
EphemeralVolumeSource: volumeClaimTemplate PersistentVolumeClaimTemplate;
PersistentVolumeClaimTemplate:
  metadata ObjectMeta, spec PersistentVolumeClaimSpec;
PersistentVolumeClaimSpec:
  accessModes [str], dataSource TypedLocalObjectReference,
  dataSourceRef TypedObjectReference, resources VolumeResourceRequirements,
  selector LabelSelector, storageClassName str, volumeAttributesClassName str,
  volumeMode str, volumeName str;
TypedLocalObjectReference: apiGroup str, kind str, name str;
TypedObjectReference: apiGroup str, kind str, name str, namespace str;
VolumeResourceRequirements: limits {quantity}, requests {quantity};
FCVolumeSource:
  fsType str, lun i32, readOnly bool, targetWWNs [str], wwids [str];
FlexVolumeSource:
  driver str, fsType str, options {str}, readOnly bool,
  secretRef LocalObjectReference;
FlockerVolumeSource: datasetName str, datasetUUID str;
GCEPersistentDiskVolumeSource:
  fsType str, partition i32, pdName str, readOnly bool;
GitRepoVolumeSource: directory str, repository str, revision str;
GlusterfsVolumeSource: endpoints str, path str, readOnly bool;
HostPathVolumeSource: path str, type str;
ISCSIVolumeSource:
  chapAuthDiscovery bool, chapAuthSession bool, fsType str, initiatorName str,
  iqn str, iscsiInterface str, lun i32, portals [str], readOnly bool,
  secretRef LocalObjectReference, targetPortal str;
NFSVolumeSource: path str, readOnly bool, server str;
PersistentVolumeClaimVolumeSource: claimName str, readOnly bool;
PhotonPersistentDiskVolumeSource: fsType str, pdID str;
PortworxVolumeSource: fsType str, readOnly bool, volumeID str;
ProjectedVolumeSource: defaultMode i32, sources [VolumeProjection];
VolumeProjection:
  clusterTrustBundle ClusterTrustBundleProjection,
  configMap ConfigMapProjection, downwardAPI DownwardAPIProjection,
  podCertificate any, secret SecretProjection,
  serviceAccountToken ServiceAccountTokenProjection;
ClusterTrustBundleProjection:
  labelSelector LabelSelector, name str, optional bool, path str,
  signerName str;
ConfigMapProjection: items [KeyToPath], name str, optional bool;
DownwardAPIProjection: items [DownwardAPIVolumeFile];
SecretProjection: items [KeyToPath], name str, optional bool;
ServiceAccountTokenProjection: audience str, expirationSeconds i64, path str;
QuobyteVolumeSource:
  group str, readOnly bool, registry str, tenant str, user str, volume str;
RBDVolumeSource:
  fsType str, image str, keyring str, monitors [str], pool str, readOnly bool,
  secretRef LocalObjectReference, user str;
ScaleIOVolumeSource:
  fsType str, gateway str, protectionDomain str, readOnly bool,
  secretRef LocalObjectReference, sslEnabled bool, storageMode str,
  storagePool str, system str, volumeName str;
SecretVolumeSource:
  defaultMode i32, items [KeyToPath], optional bool, secretName str;
StorageOSVolumeSource:
  fsType str, readOnly bool, secretRef LocalObjectReference, volumeName str,
  volumeNamespace str;
VsphereVirtualDiskVolumeSource:
  fsType str, storagePolicyID str, storagePolicyName str, volumePath str;
ImageVolumeSource: pullPolicy str, reference str;
`;
