import Platform
package import Releases
package import StrictJSON

/// Permissions that were drafted from what a plugin did.
package struct DraftedPermissions: Hashable, Sendable {
  /// The block as a manifest holds it, without what is standard.
  package let block: JSON
  /// The same, read strictly.
  package let permissions: Permissions
  /// What a person should know or decide, one sentence each.
  package let remarks: [String]
  /// How often the plugin was started to find out.
  package let rounds: Int
  /// Why the plugin did not answer with just these permissions; nil when it did.
  package let complaint: String?
}

/// The places that a plugin's settings name, so that a grant can name the setting instead.
package struct DraftSetting: Hashable, Sendable {
  /// The key of the setting.
  package let key: String
  /// The folder or file.
  package let path: String

  /// Names a place.
  package init(key: String, path: String) {
    self.key = key
    self.path = path
  }
}
