/// Everything outside the program, passed once from the top: files, clock, network, processes and the keyring.
package struct Machine: Sendable {
  /// The files.
  package var files: any FileSystem
  /// The clocks.
  package var clock: any WallClock
  /// The network.
  package var transport: any Transport
  /// The child processes.
  package var processes: any ProcessRunner
  /// The secrets that the machine keeps in its memory.
  package var keyring: any Keyring

  /// Makes a machine from its parts.
  package init(
    files: any FileSystem, clock: any WallClock, transport: any Transport, processes: any ProcessRunner,
    keyring: any Keyring = NoKeyring()
  ) {
    self.files = files
    self.clock = clock
    self.transport = transport
    self.processes = processes
    self.keyring = keyring
  }

  /// This machine as it is.
  package static let live: Machine = {
    let (files, clock) = (LocalFileSystem(), SystemClock())
    return Machine(
      files: files, clock: clock, transport: CurlTransport(files: files), processes: SubprocessRunner(clock: clock),
      keyring: KernelKeyring())
  }()
}
