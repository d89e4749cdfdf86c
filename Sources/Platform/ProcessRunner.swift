package import SystemPackage

/// Child processes; never through a shell.
package protocol ProcessRunner: Sendable {
  /// Runs a command to its end, feeding it input and keeping its output up to a limit.
  ///
  /// A non-zero exit is a result, not an error. The whole process group is ended when the time is up or the task is
  /// cancelled.
  /// - Parameter outputLimit: the largest acceptable size of either output stream in bytes.
  func run(
    _ command: Command, input: [UInt8], outputLimit: Int, timeout: Duration
  ) async throws(ProcessError) -> ProcessOutput

  /// Starts a command and talks with it for as long as the body runs; then ends its whole process group.
  ///
  /// Throws `ProcessError` when the command cannot be started, and whatever the body throws.
  func withSession<R: Sendable>(
    _ command: Command, _ body: (any ProcessSession) async throws -> R
  ) async throws -> R

  /// Runs a command on this process's own standard streams, passing SIGTERM, SIGINT, SIGHUP and SIGQUIT on to it.
  ///
  /// - Parameter relay: what stands between the standard input and output and the command's; nil hands them over as
  ///   they are. Standard error is always the command's own.
  func runAttached(_ command: Command, relay: StreamRelay?) async throws(ProcessError) -> ProcessStatus
}

extension ProcessRunner {
  /// Runs a command on this process's own standard streams as they are.
  package func runAttached(_ command: Command) async throws(ProcessError) -> ProcessStatus {
    try await runAttached(command, relay: nil)
  }
}

/// What to run: a program, its arguments and exactly this environment.
package struct Command: Hashable, Sendable {
  /// The environment of the child.
  package enum Environment: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// Exactly these variables.
    case exact([String: String])
    /// The variables of this process, with these set or (nil) left out.
    case inherited(changing: [String: String?])

    /// The variables of this process as they are.
    package static var inherit: Environment { .inherited(changing: [:]) }

    /// Exactly these variables.
    package init(dictionaryLiteral elements: (String, String)...) {
      self = .exact(Dictionary(elements) { _, last in last })
    }
  }

  /// The program: a path, or a name that is looked up in the child's `PATH`.
  package var executable: FilePath
  /// The arguments after the program's name.
  package var arguments: [String]
  /// The environment of the child.
  package var environment: Environment
  /// The folder to start in; nil means this process's.
  package var workingDirectory: FilePath?

  /// Makes a command from its parts.
  package init(
    executable: FilePath, arguments: [String] = [], environment: Environment = [:], workingDirectory: FilePath? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
  }
}

/// How a process ended.
package enum ProcessStatus: Hashable, Sendable {
  /// It ended by itself with this code.
  case exited(Int)
  /// A signal with this number ended it.
  case signalled(Int)

  /// Whether it ended by itself with code 0.
  package var isSuccess: Bool { self == .exited(0) }

  /// The code that a shell would report: the exit code, or 128 and the signal's number.
  package var shellCode: Int {
    switch self {
    case .exited(let code): code
    case .signalled(let number): 128 + number
    }
  }
}

/// What a command left behind.
package struct ProcessOutput: Hashable, Sendable {
  /// How it ended.
  package var status: ProcessStatus
  /// What it wrote to standard output.
  package var stdout: [UInt8]
  /// What it wrote to standard error.
  package var stderr: [UInt8]

  /// Makes an output from its parts.
  package init(status: ProcessStatus, stdout: [UInt8] = [], stderr: [UInt8] = []) {
    self.status = status
    self.stdout = stdout
    self.stderr = stderr
  }
}

/// A running command with live standard streams; valid only within the body that received it.
package protocol ProcessSession: Sendable {
  /// The number of the process.
  var pid: Int32 { get }
  /// The last bytes that the command wrote to standard error, at most 64 KiB.
  var stderrTail: [UInt8] { get }
  /// How many bytes the command has written to standard error.
  var stderrBytes: Int64 { get }

  /// Writes bytes to the command's standard input, waiting while the command does not read.
  func send(_ bytes: [UInt8], timeout: Duration) async throws(ProcessError)
  /// The next line of standard output without its line feed.
  ///
  /// - Parameters:
  ///   - limit: the longest acceptable line in bytes; a longer one is dropped and reported once as `.tooLong`.
  ///   - timeout: how long to wait; nothing is lost when the time is up.
  func nextLine(limit: Int, timeout: Duration) async -> LineEvent
  /// Closes the command's standard input.
  func closeInput() async
  /// Waits for the command to end; nil when it still runs after the time.
  func wait(timeout: Duration) async -> ProcessStatus?
  /// Ends the command's process group: SIGTERM, then SIGKILL after the grace time.
  @discardableResult
  func terminate(grace: Duration) async -> ProcessStatus?
}

extension ProcessSession {
  /// Writes bytes to the command's standard input, waiting at most 30 seconds.
  package func send(_ bytes: [UInt8]) async throws(ProcessError) { try await send(bytes, timeout: .seconds(30)) }

  /// Ends the command's process group, with two seconds between SIGTERM and SIGKILL.
  @discardableResult
  package func terminate() async -> ProcessStatus? { await terminate(grace: .seconds(2)) }
}

/// What waiting for a line brought.
package enum LineEvent: Hashable, Sendable {
  /// A line without its line feed.
  case line([UInt8])
  /// A line longer than the limit; it was dropped.
  case tooLong
  /// Standard output has ended.
  case closed
  /// No complete line came within the time, or the task was cancelled meanwhile.
  case timedOut
}
