package import Platform
package import Releases
package import Signing

/// Why a plugin could not be run in a sandbox; there is never a run without one.
package enum SandboxError: SerinError, Equatable {
  /// No OCI runtime works on this machine for what the plugin asks.
  case noRuntime(needed: RuntimeLevel, tried: [RuntimeFinding])
  /// A declared path is one that no plugin may have.
  case protectedPath(declared: String, resolved: String, protects: String)
  /// A declared path may be read but is too wide to be written.
  case tooWideToWrite(declared: String, holds: String)
  /// A declared path cannot be used as it is written.
  case badPath(declared: String, reason: String)
  /// A declared path is not on this machine.
  case missingPath(declared: String)
  /// A permission needs a folder that was not given.
  case missingFolder(token: String)
  /// A declared variable has no value.
  case missingSecret(name: String)
  /// The launch command is empty or holds what a process cannot be given.
  case badCommand(reason: String)
  /// The runtime refused to start the sandbox.
  case notStarted(runtime: String, reason: String)
  /// The machine refused a file that the sandbox needs.
  case file(FileError)
  /// A program of the sandbox failed.
  case process(ProcessError)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .noRuntime(let needed, let tried):
      tried.isEmpty
        ? "no sandbox runtime of level \(needed.rawValue) is installed"
        : "no sandbox runtime of level \(needed.rawValue) works here: "
          + tried.map(\.sentence).joined(separator: "; ")
    case .protectedPath(let declared, let resolved, let protects):
      declared == resolved
        ? "the plugin may not have \(declared), because it is protected (\(protects))"
        : "the plugin may not have \(declared), because it leads to \(resolved), which is protected (\(protects))"
    case .tooWideToWrite(let declared, let holds):
      "the plugin may not write \(declared), because it holds \(holds), which is protected"
    case .badPath(let declared, let reason): "the declared path \(declared) cannot be used: \(reason)"
    case .missingPath(let declared): "the declared path \(declared) does not exist on this machine"
    case .missingFolder(let token): "the plugin asks for \(token), but no folder was given for it"
    case .missingSecret(let name): "the plugin needs the secret \(name), but no value is stored for it"
    case .badCommand(let reason): "the launch command cannot be used: \(reason)"
    case .notStarted(let runtime, let reason): "\(runtime) could not start the sandbox: \(reason)"
    case .file(let error): error.description
    case .process(let error): error.description
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .noRuntime, .notStarted, .missingFolder: .machine
    case .protectedPath, .tooWideToWrite, .badCommand: .plugin
    case .badPath, .missingPath, .missingSecret: .user
    case .file(let error): error.blame
    case .process(let error): error.blame
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .noRuntime(let needed, _):
      switch needed {
      case .container:
        "install one (Debian: apt-get install runc, or crun; without root also uidmap) and look at serin doctor"
      case .gvisor: "install gVisor (runsc); see serin doctor"
      case .vm: "install Kata Containers (kata-runtime) on a machine with KVM; see serin doctor"
      }
    case .protectedPath, .tooWideToWrite: "choose another path; protected paths cannot be opened by any option"
    case .badPath, .missingPath: "correct the path in the plugin's configuration"
    case .missingSecret(let name): "set it with `serin secret set NAME \(name)`"
    case .notStarted: "serin doctor says which runtimes work here"
    case .badCommand, .missingFolder: nil
    case .file(let error): error.help
    case .process(let error): error.help
    }
  }
}
