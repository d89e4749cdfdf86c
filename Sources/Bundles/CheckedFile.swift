package import Platform
package import Signing
package import SystemPackage

/// An open bundle file whose bytes were checked as a whole; only such a file reaches a decompressor.
///
/// The file that was checked stays open, so that nobody can put another one in its place in between.
package struct CheckedFile: Sendable {
  /// Why the bytes are believed.
  package enum Proof: Hashable, Sendable {
    /// Signed metadata names this length and digest.
    case digest(SHA256Digest)
    /// The key signed the file, with this trusted comment.
    case signature(key: PublicKey, trustedComment: String)
  }

  /// Where the file is.
  package let path: FilePath
  /// Its length in bytes.
  package let length: Int64
  /// Why the bytes are believed.
  package let proof: Proof
  let file: any ReadableFile

  /// Checks length and SHA-256 digest against what signed metadata says.
  ///
  /// Throws `BundleError.wrongLength`, `.wrongDigest`, `.tooLarge` or `.file`.
  package static func check(
    _ path: FilePath, length: Int64, sha256: SHA256Digest, files: any FileSystem
  ) throws(BundleError) -> CheckedFile {
    let file = try open(path, files: files)
    let offered = try filing(try file.size())
    guard offered == length else { throw .wrongLength(path, offered: offered, expected: length) }
    let digest = try filing(try FileDigest.compute(of: file))
    guard digest.length == length else { throw .wrongLength(path, offered: digest.length, expected: length) }
    guard digest.sha256 == sha256 else { throw .wrongDigest(path, offered: digest.sha256, expected: sha256) }
    return CheckedFile(path: path, length: length, proof: .digest(sha256), file: file)
  }

  /// Checks the minisign signature over the whole file, which lies beside it as `FILE.minisig` unless another is named.
  ///
  /// Throws `BundleError.noKey`, `.unsigned`, `.signature`, `.tooLarge` or `.file`.
  package static func check(
    _ path: FilePath, signature: FilePath? = nil, keys: [PublicKey], files: any FileSystem
  ) throws(BundleError) -> CheckedFile {
    guard !keys.isEmpty else { throw .noKey(path) }
    let file = try open(path, files: files)
    let signature = try readSignature(signature ?? signaturePath(of: path), of: path, files: files)
    guard signature.algorithm == .prehashed else {
      throw .signature(what: path.string, .needsWholeMessage)
    }
    var hasher = Minisign.Hasher()
    let length = try filing(try FileDigest.feed(file) { hasher.update($0) })
    let digest = hasher.finalize()
    let key = try checking(path.string, try signature.verify(digest, by: keys))
    return CheckedFile(
      path: path, length: length, proof: .signature(key: key, trustedComment: signature.trustedComment), file: file)
  }

  /// Where the signature over a whole bundle file lies.
  package static func signaturePath(of path: FilePath) -> FilePath { FilePath(path.string + ".minisig") }

  private static func open(_ path: FilePath, files: any FileSystem) throws(BundleError) -> any ReadableFile {
    let file = try filing(try files.open(path))
    let size = try filing(try file.size())
    guard size <= BundleLimits.maxBundleBytes else {
      throw .tooLarge(path, bytes: size, limit: BundleLimits.maxBundleBytes)
    }
    return file
  }

  private static func readSignature(
    _ path: FilePath, of bundle: FilePath, files: any FileSystem
  ) throws(BundleError) -> MinisignSignature {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try files.readAll(path, limit: MinisignSignature.maxTextBytes)
    } catch {
      if error.reason == .notFound { throw .unsigned(bundle) }
      throw .file(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(part: "signature") }
    return try checking(bundle.string, try MinisignSignature(text: text))
  }
}
