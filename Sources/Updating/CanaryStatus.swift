import Canary
import Platform
package import Releases
package import Storage

/// A canary of this host, as far as it came, with its judgement where there is one.
package struct CanaryReport: Sendable {
  /// The run as the ledger keeps it.
  package let run: Storage.CanaryRun
  /// What the judge found; nil while it runs.
  package let result: SoakResult?
}

extension PluginHost {
  /// The newest samples of a canary of a plugin, oldest first: of the newest one, or of the one with a number.
  package func samples(of plugin: PluginName, run number: Int64?, limit: Int) throws -> [Storage.CanarySample] {
    guard let id = try number ?? ledger.canaries(of: plugin, limit: 1).first?.id else { return [] }
    return try ledger.lastSamples(of: id, limit: limit)
  }

  /// The canaries of a plugin or of all, newest first.
  package func canaries(of plugin: PluginName?, limit: Int) throws -> [CanaryReport] {
    try ledger.canaries(of: plugin, limit: limit).map {
      CanaryReport(run: $0, result: SoakResult(json: $0.verdict))
    }
  }
}
