// The memory door of libsodium: secret bytes that are locked, guarded and wiped.
internal import CSodium

/// Secret bytes in memory of their own: kept out of swap and core dumps, read-only once filled, wiped when they go.
///
/// The memory comes from `sodium_malloc`, which puts guard pages around it.
@safe public struct SecretBytes: ~Copyable {
  private let memory: UnsafeMutableRawPointer
  /// How many bytes there are.
  public let count: Int

  /// Moves bytes into secret memory and wipes where they came from.
  ///
  /// Throws `KeyError.noMemory` or `KeyError.libraryFailed`; the source is wiped in either case.
  public init(copying source: inout [UInt8]) throws(KeyError) {
    defer { SecretBytes.wipe(&source) }
    // No second reference to the source may exist here, or wiping it would wipe a copy.
    try unsafe self.init(count: source.count) { target in
      unsafe source.withUnsafeBytes { from in unsafe target.copyMemory(from: from) }
    }
  }

  /// Makes secret memory and lets the caller fill it while it can be written to.
  init(count: Int, filling body: (UnsafeMutableRawBufferPointer) throws(KeyError) -> Void) throws(KeyError) {
    unsafe self.memory = try unsafe SecretBytes.filled(count: count, body)
    self.count = count
  }

  /// Secret memory that is filled and read-only; nothing is left behind when the body throws.
  private static func filled(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(KeyError) -> Void
  ) throws(KeyError) -> UnsafeMutableRawPointer {
    guard Sodium.isReady else { throw .libraryFailed }
    guard let memory = unsafe sodium_malloc(max(count, 1)) else { throw .noMemory(bytes: UInt64(count)) }
    unsafe sodium_memzero(memory, count)
    do throws(KeyError) {
      try unsafe body(UnsafeMutableRawBufferPointer(start: memory, count: count))
    } catch {
      unsafe sodium_free(memory)
      throw error
    }
    unsafe sodium_mprotect_readonly(memory)
    return unsafe memory
  }

  deinit {
    unsafe sodium_free(memory)
  }

  /// Lends the bytes for the length of a call; a span cannot outlive it.
  public borrowing func withSpan<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = unsafe UnsafeRawBufferPointer(start: memory, count: count)
    return try unsafe body(buffer.bytes)
  }

  /// A copy in ordinary memory, for what cannot do without one; whoever asks for it wipes it.
  public borrowing func exposed() -> [UInt8] {
    withSpan { span in (0..<span.byteCount).map { span[$0] } }
  }

  /// Overwrites bytes that held a secret in ordinary memory, in a way that is not optimised away.
  public static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      unsafe sodium_memzero(start, buffer.count)
    }
    bytes = []
  }
}

// The bytes never change after `init`, so that any number of threads may read them.
extension SecretBytes: @unchecked Sendable {}

extension RawSpan {
  /// The byte at an offset; traps outside of the span.
  subscript(_ offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount)
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
