package import Platform
import Synchronization
import SystemPackage

/// Child processes that answer from a script; everything else throws `.unscripted`.
package final class ScriptedProcesses: ProcessRunner {
  /// Answers one command; nil when the script does not hold it.
  package typealias Script = @Sendable (Command, [UInt8]) -> ProcessOutput?

  private let commandsRun = Mutex<[Command]>([])
  private let script: Script

  /// Makes a runner from a script; without one nothing may be run.
  package init(_ script: @escaping Script = { _, _ in nil }) { self.script = script }

  /// Everything that was run, in order.
  package var commands: [Command] { commandsRun.withLock { $0 } }

  /// Answers from the script.
  package func run(
    _ command: Command, input: [UInt8], outputLimit: Int, timeout: Duration
  ) async throws(ProcessError) -> ProcessOutput {
    let name = command.executable.string
    commandsRun.withLock { $0.append(command) }
    guard let output = script(command, input) else { throw .unscripted(executable: name) }
    guard output.stdout.count <= outputLimit, output.stderr.count <= outputLimit else {
      throw .outputTooLarge(executable: name, limit: outputLimit)
    }
    return output
  }

  /// Always throws: live conversations need a real child or a double of their own.
  package func withSession<R: Sendable>(
    _ command: Command, _ body: (any ProcessSession) async throws -> R
  ) async throws -> R {
    commandsRun.withLock { $0.append(command) }
    throw ProcessError.unscripted(executable: command.executable.string)
  }

  /// Answers the status from the script.
  package func runAttached(_ command: Command, relay: StreamRelay?) async throws(ProcessError) -> ProcessStatus {
    try await run(command, input: [], outputLimit: .max, timeout: .zero).status
  }
}
