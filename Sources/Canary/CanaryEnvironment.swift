import MCP
package import Platform
package import Releases
package import Sandbox

/// The machine on which a release was observed, and what contained it, in words: a verdict is about these.
package enum CanaryEnvironment {
  /// The words under their names; what cannot be found out is left out.
  package static func words(
    for permissions: Permissions, runner: SandboxRunner, limits: MachineLimits = .current
  ) async -> [String: String] {
    var words = [
      "kernel": PlainText.excerpt(limits.kernel, limit: 80), "processors": String(limits.processors),
      "memory": "\(limits.memory / (1 << 20)) MiB", "platform": TargetPlatform.current.text,
      "environment": "TZ=UTC, LANG=C.UTF-8, a state and a home of its own",
    ]
    let preferred = permissions.runtime.prefer.compactMap(RuntimeKind.init(rawValue:))
    if let runtime = try? await runner.probe.best(for: permissions.runtime.min, preferring: preferred) {
      words["sandbox"] = PlainText.excerpt("\(runtime.kind.rawValue) (\(runtime.version))", limit: 120)
      words["containment"] = runtime.kind.level.rawValue
    }
    return words
  }
}
