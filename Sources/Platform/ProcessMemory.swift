/// How this process deals with memory that it has freed.
package enum ProcessMemory {
  /// Blocks of at least so many bytes are given back at once.
  private static let largeBlock = 1 << 20

  /// Gives large blocks back to the system as soon as they are freed, so that a manifest that was looked at for a moment
  /// does not count until the end; call it once, at the start.
  package static func giveBackLargeBlocks() { LinuxCalls.giveBackBlocks(Self.largeBlock) }
}
