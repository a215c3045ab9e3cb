/**
 * Every operationName of the Key Vault audit log.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/logging.md; key-vault.md 7.5.
 */
const withPrefix = (prefix: string, names: string): string[] =>
  names.split(" ").map((name) => prefix + name);

export const AUDIT_OPERATIONS: readonly string[] = [
  "Authentication",
  ...withPrefix(
    "Vault",
    "Get Put Delete Patch Recover AccessPolicyChangedEventGridNotification",
  ),
  ...withPrefix(
    "Secret",
    "Set Get Update Delete List ListVersions Purge Backup Restore Recover GetDeleted ListDeleted NearExpiryEventGridNotification ExpiredEventGridNotification",
  ),
  ...withPrefix(
    "Key",
    "Create Get Import Delete Sign Verify Wrap Unwrap Encrypt Decrypt Update List ListVersions Purge Backup Restore Recover GetDeleted ListDeleted NearExpiryEventGridNotification ExpiredEventGridNotification Rotate RotateIfDue RotationPolicyGet RotationPolicySet",
  ),
  ...withPrefix(
    "Certificate",
    "Get Create Import Update List ListVersions Delete Purge Backup Restore Recover GetDeleted ListDeleted PolicyGet PolicyUpdate PolicySet ContactsGet ContactsSet ContactsDelete IssuerGet IssuerSet IssuerUpdate IssuerDelete IssuersList Enroll Renew PendingGet PendingMerge PendingUpdate PendingDelete NearExpiryEventGridNotification ExpiredEventGridNotification",
  ),
];
