import ArgumentParser

/// A verb of `serin`: it parses, composes, and hands one value to the console.
///
/// A command contains no rules. It implements ``perform(_:)`` with calls into the modules and returns a value that
/// can show itself as text and as JSON; printing, errors and exit codes are the same for all of them.
protocol SerinCommand: AsyncParsableCommand {
  /// The value that the command ends with.
  associatedtype Output: CommandOutput
  /// How the command talks.
  var global: GlobalOptions { get }
  /// Does the work.
  func perform(_ session: Session) async throws -> Output
}

extension SerinCommand {
  /// Performs the command, shows its result or its failure, and ends with the exit code that belongs to it.
  func run() async throws {
    let session = Session.live(global)
    let status: ExitStatus
    do {
      let output = try await perform(session)
      session.console.show(output)
      status = output.exitStatus
    } catch let error as CleanExit {
      throw error
    } catch let code as ExitCode {
      throw code
    } catch {
      let failure = Failure(error)
      session.console.show(failure)
      status = failure.status
    }
    if status != .ok { throw ExitCode(status.rawValue) }
  }
}
