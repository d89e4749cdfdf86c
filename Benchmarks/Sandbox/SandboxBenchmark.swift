import Platform
import Releases
import SystemPackage
import Updating

/// Starts an installed plugin as `serin run` does, twice in one program, and writes how long the second start took in
/// milliseconds to standard error: what a sandbox costs a program that runs already, as a canary's supervisor does.
///
/// `sandbox-benchmark PLUGIN`, with the variables that name the host.
@main
struct SandboxBenchmark {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else { return report("usage: sandbox-benchmark PLUGIN") }
    let plugin = try PluginName(CommandLine.arguments[1])
    let environment = ProcessEnvironment.current
    let host = try PluginHost.open(
      Folders(environment: environment), environment: environment, machine: .live, warn: report)
    _ = try await host.run(plugin)
    let clock = ContinuousClock()
    let begun = clock.now
    _ = try await host.run(plugin)
    let taken = begun.duration(to: clock.now).components
    report("\(Double(taken.seconds) * 1000 + Double(taken.attoseconds) / 1e15)")
  }

  @Sendable private static func report(_ line: String) {
    _ = try? FileDescriptor.standardError.writeAll(Array((line + "\n").utf8))
  }
}
