package import Signing
package import SystemPackage

/// A file operation that the machine refused.
package struct FileError: SerinError, Equatable {
  /// Why the machine refused.
  package enum Reason: Hashable, Sendable {
    /// Nothing is there.
    case notFound
    /// Something is there already.
    case exists
    /// The file system is full or the quota is used up.
    case noSpace
    /// The account may not do this.
    case denied
    /// A folder still holds entries.
    case notEmpty
    /// The thing is in use.
    case busy
    /// Too many open files in this process or on this machine.
    case tooManyFiles
    /// The file system may only be read.
    case readOnly
    /// The two paths lie on different file systems.
    case crossDevice
    /// The device failed.
    case io
    /// A symbolic link stands where none is allowed.
    case symbolicLink
    /// The content is larger than its limit in bytes.
    case tooLarge(limit: Int)
    /// Any other error number.
    case other(Int32)
  }

  /// What was being done, as a verb phrase: "open", "rename".
  package let operation: String
  /// The path it was done to.
  package let path: FilePath
  /// Why the machine refused.
  package let reason: Reason

  /// Makes an error from its parts.
  package init(operation: String, path: FilePath, reason: Reason) {
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  /// Makes an error from an error number of the C library.
  package init(_ operation: String, _ path: FilePath, errno number: Int32) {
    self.init(operation: operation, path: path, reason: Reason(errno: number))
  }

  /// One sentence: what was refused and why.
  package var description: String { "cannot \(operation) \(path): \(reason.phrase)" }

  /// Files belong to the machine.
  package var blame: Blame { .machine }

  /// What to do next, where there is something to advise.
  package var help: String? {
    switch reason {
    case .noSpace: "free some space on that file system and try again"
    case .denied: "check the owner and the mode of that path"
    case .readOnly: "choose a folder on a file system that can be written"
    case .tooManyFiles: "raise the limit of open files (ulimit -n) and try again"
    case .io: "check the disk; the kernel log (dmesg) says more"
    default: nil
    }
  }
}

extension FileError.Reason {
  /// The reason that an error number stands for.
  package init(errno number: Int32) {
    self =
      switch Errno(rawValue: number) {
      case .noSuchFileOrDirectory, .notDirectory: .notFound
      case .fileExists: .exists
      case .noSpace, .diskQuotaExceeded: .noSpace
      case .permissionDenied, .notPermitted: .denied
      case .directoryNotEmpty: .notEmpty
      case .resourceBusy, .textFileBusy: .busy
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: .tooManyFiles
      case .readOnlyFileSystem: .readOnly
      case .improperLink: .crossDevice
      case .ioError: .io
      case .tooManySymbolicLinkLevels: .symbolicLink
      default: .other(number)
      }
  }

  /// The reason in words.
  fileprivate var phrase: String {
    switch self {
    case .notFound: "it does not exist"
    case .exists: "it exists already"
    case .noSpace: "no space is left on the file system"
    case .denied: "permission denied"
    case .notEmpty: "the folder is not empty"
    case .busy: "it is in use"
    case .tooManyFiles: "too many files are open"
    case .readOnly: "the file system is read-only"
    case .crossDevice: "the two paths are on different file systems"
    case .io: "the disk reported an input/output error"
    case .symbolicLink: "a symbolic link is in the way"
    case .tooLarge(let limit): "it is larger than the limit of \(limit) bytes"
    case .other(let number): "\(Errno(rawValue: number).description.lowercased()) (error \(number))"
    }
  }
}
