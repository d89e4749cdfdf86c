/// How this process deals with memory that it has freed.
package enum ProcessMemory {
  /// Blocks of at least so many bytes are given back at once.
  private static let largeBlock = 1 << 20

  /// Gives large blocks back to the system as soon as they are freed; call it once, at the start.
  ///
  /// A manifest that was looked at for a moment then does not count until the end.
  package static func giveBackLargeBlocks() { LinuxCalls.giveBackBlocks(Self.largeBlock) }

  /// Lets go of the program's own code and constants, for whoever is about to sleep.
  ///
  /// What was used once would stay resident through hours of sleep; what is used again comes back from the file, as
  /// `madvise(2)` says of MADV_DONTNEED.
  package static func leaveProgramPages() { LinuxCalls.leaveProgramPages() }
}
