import ArgumentParser
import Updating

/// What a shell may offer in the place of an argument.
///
/// The candidates are looked up when the key is pressed: names of folders and files, never the network, never the
/// ledger, and none at all where something cannot be read.
extension CompletionKind {
  /// The plugins that are installed on the host.
  static var plugin: CompletionKind { candidates { $0.plugins(beginningWith: $1) } }
  /// The plugins that a workspace publishes.
  static var publishedPlugin: CompletionKind { candidates { $0.publishedPlugins(beginningWith: $1) } }
  /// The channels of the workspace, else the usual ones.
  static var channel: CompletionKind { candidates { words, _ in words.channels } }
  /// The roles of a repository.
  static var role: CompletionKind { candidates { words, _ in words.roles } }
  /// The keys of this account.
  static var key: CompletionKind { candidates { words, _ in words.keys } }
  /// The repositories that the host trusts.
  static var repository: CompletionKind { candidates { words, _ in words.repositories } }
  /// The versions of the named plugin that are kept on the host.
  static var keptVersion: CompletionKind { candidates { words, _ in words.keptVersions } }
  /// The settings of a host.
  static var setting: CompletionKind { .list(SettingKey.allCases.map(\.rawValue).sorted()) }
  /// The platforms that bundles are made for.
  static var platform: CompletionKind { .list(["any", "linux-aarch64", "linux-x86_64"]) }

  private static func candidates(_ find: @escaping @Sendable (Candidates, String) -> [String]) -> CompletionKind {
    .custom { words, _, prefix in find(Candidates(words: words), prefix) }
  }
}
