import Glibc
import Platform
import SystemPackage

/// `tuf-client`: a client of any TUF repository with the command line that theupdateframework/tuf-conformance asks for,
/// and the example of how the library `TUF` is used.
///
/// It ends with 0 or 1 and nothing else; why it ended with 1 stands on standard error.
@main
struct TUFClient {
  static func main() async {
    let status: Int32
    do {
      let command = try ClientCommand(parsing: Array(CommandLine.arguments.dropFirst()))
      try await command.run()
      status = 0
    } catch {
      _ = try? FileDescriptor.standardError.writeAll("tuf-client: \(error)\n".utf8)
      status = 1
    }
    // Leaves at once: nothing is buffered, and the kernel frees memory faster than ten thousand values and forty
    // libraries do.
    _exit(status)
  }
}
