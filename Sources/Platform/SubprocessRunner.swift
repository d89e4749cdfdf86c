import Subprocess
import SystemPackage

/// Child processes through swift-subprocess; each leads a process group of its own, so that all of it can be ended.
package struct SubprocessRunner: ProcessRunner {
  /// How long a child may take between SIGTERM and SIGKILL when it is ended.
  private static let grace = Duration.seconds(2)
  private let clock: any WallClock

  /// Makes the runner.
  package init(clock: any WallClock = SystemClock()) {
    BrokenPipes.areIgnored
    self.clock = clock
  }

  private enum Event: Sendable {
    case ended(Result<ProcessOutput, ProcessError>)
    case timeIsUp
  }

  /// Runs a command to its end.
  package func run(
    _ command: Command, input: [UInt8], outputLimit: Int, timeout: Duration
  ) async throws(ProcessError) -> ProcessOutput {
    let name = command.executable.string
    let configuration = try Self.configuration(command)
    let clock = clock
    let result = await withTaskGroup(of: Event.self) { group -> Result<ProcessOutput, ProcessError> in
      group.addTask {
        do {
          let result = try await Subprocess.run(
            configuration, input: .inputWriter, output: .bytes(limit: outputLimit),
            error: .bytes(limit: outputLimit)
          ) { execution in
            // A command need not read its input. The writer must be finished in any case: swift-subprocess traps on a
            // writer that is let go of unfinished, which its own `.array` input does when the command closes the pipe.
            if !input.isEmpty { _ = try? await execution.standardInputWriter.write(input) }
            try? await execution.standardInputWriter.finish()
          }
          return .ended(
            .success(
              ProcessOutput(
                status: ProcessStatus(result.terminationStatus), stdout: result.standardOutput,
                stderr: result.standardError)))
        } catch let error as SubprocessError {
          return .ended(.failure(Self.error(error, name: name, limit: outputLimit)))
        } catch {
          return .ended(.failure(.failed(executable: name, reason: "\(error)")))
        }
      }
      group.addTask {
        try? await clock.sleep(for: timeout)
        return .timeIsUp
      }
      var failure: ProcessError?
      while let event = await group.next() {
        switch event {
        case .timeIsUp:
          guard failure == nil else { continue }
          failure = Task.isCancelled ? .cancelled(executable: name) : .timedOut(executable: name, after: timeout)
          group.cancelAll()
        case .ended(let result):
          group.cancelAll()
          if Task.isCancelled { failure = failure ?? .cancelled(executable: name) }
          if let failure { return .failure(failure) }
          return result
        }
      }
      return .failure(failure ?? .cancelled(executable: name))
    }
    return try result.get()
  }

  /// Starts a command and talks with it for as long as the body runs.
  package func withSession<R: Sendable>(
    _ command: Command, _ body: (any ProcessSession) async throws -> R
  ) async throws -> R {
    let name = command.executable.string
    let configuration = try Self.configuration(command)
    let clock = clock
    do {
      let outcome = try await Subprocess.run(
        configuration, input: .inputWriter, output: .sequence, error: .sequence
      ) { execution in
        try await LiveSession.serve(execution, name: name, clock: clock, body)
      }
      return try outcome.closureResult.get()
    } catch let error as SubprocessError {
      throw Self.error(error, name: name, limit: 0)
    }
  }

  /// Runs a command on this process's own standard streams, with or without a relay in between.
  package func runAttached(_ command: Command, relay: StreamRelay?) async throws(ProcessError) -> ProcessStatus {
    let variables = command.variables
    let program = try command.program(in: variables)
    return try await AttachedProcess(
      command, program: program, variables: variables, grace: Self.grace, relay: relay
    ).run()
  }

  private static func configuration(_ command: Command) throws(ProcessError) -> Configuration {
    let variables = command.variables
    let program = try command.program(in: variables)
    var environment: [Subprocess.Environment.Key: String] = [:]
    for (name, value) in variables {
      // A name that holds "=" or NUL cannot be a variable.
      guard let key = Subprocess.Environment.Key(rawValue: name) else { continue }
      environment[key] = value
    }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]
    return Configuration(
      executable: .path(program), arguments: Arguments(command.arguments), environment: .custom(environment),
      workingDirectory: command.workingDirectory, platformOptions: options)
  }

  private static func error(_ error: SubprocessError, name: String, limit: Int) -> ProcessError {
    switch error.code {
    case .outputLimitExceeded: .outputTooLarge(executable: name, limit: limit)
    case .executableNotFound: .notFound(executable: name)
    case .spawnFailed, .failedToChangeWorkingDirectory: .cannotStart(executable: name, reason: "\(error)")
    default: .failed(executable: name, reason: "\(error)")
    }
  }
}

extension ProcessStatus {
  init(_ status: TerminationStatus) {
    self =
      switch status {
      case .exited(let code): .exited(Int(code))
      case .signaled(let number): .signalled(Int(number))
      }
  }
}
