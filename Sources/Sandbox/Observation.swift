/// How closely a sandbox is looked at from outside.
package enum Observation: Hashable, Sendable {
  /// Not at all: the user's own use.
  case none
  /// What was refused and what was started, and decoys for secrets: a canary.
  case touches
  /// All that is looked for, too: a draft of permissions.
  case everything
}

/// Something that a plugin tried, as its system call says.
package enum Touch: Hashable, Sendable {
  /// What a path was wanted for.
  package enum Purpose: Hashable, Sendable {
    /// Whether it is there.
    case look
    /// Its content.
    case read
    /// To make, change or remove it.
    case write
  }

  /// A path, as seen from inside.
  case path(String, Purpose)
  /// A numeric address and port.
  case connection(host: String, port: UInt16, isLoopback: Bool)
  /// A UNIX socket.
  case socketFile(String)
  /// A name was to be resolved.
  case name(String)
  /// A program, as seen from inside.
  case program(String)
  /// A system call that no plugin may make.
  case forbidden(String)
  /// A process ends by itself.
  case exit
}
