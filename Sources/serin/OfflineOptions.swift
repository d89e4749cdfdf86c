import ArgumentParser
import Offline
import Platform
import SystemPackage

/// The option of commands that can do without a network.
struct OfflineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Ask this offline bundle, written by `serin export`, not the network.", valueName: "file"),
    completion: .file())
  var from: String?

  /// The offline bundle that was named, opened.
  func open(_ session: Session) throws -> OfflineFile? {
    try from.map { try OfflineFile.open(try FilePath($0).absolute(session), files: session.machine.files) }
  }
}
