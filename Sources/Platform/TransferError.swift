package import Signing

/// Why a transfer failed.
package enum TransferError: SerinError, Equatable {
  /// The server does not have it, or hides it: 404, 410 or 403.
  case notFound(url: String, status: Int)
  /// The file that is asked instead of a network does not hold it.
  case notInFile(url: String, file: String)
  /// The server answered with another status code than asked for.
  case status(url: String, code: Int)
  /// The body is larger than the limit in bytes; `offered` is what the server announced, if it did.
  case tooLarge(url: String, limit: Int64, offered: Int64?)
  /// The transfer was not complete when its time was up.
  case timedOut(url: String, after: Duration)
  /// The server sent slower than the slowest acceptable rate.
  case tooSlow(url: String, minimum: TransferRate)
  /// No connection could be made, or it broke.
  case connection(url: String, reason: String)
  /// The body ended early; sizes in bytes.
  case truncated(url: String, received: Int64)
  /// The TLS handshake failed or the certificate was not believed.
  case tls(url: String, reason: String)
  /// The server's public key is none of the pinned ones.
  case pinMismatch(url: String)
  /// A redirect led to another scheme or there were too many of them.
  case redirectRefused(url: String, reason: String)
  /// The address is not an absolute `http` or `https` address.
  case badAddress(url: String)
  /// The server sent another part of the file than asked for; offsets in bytes.
  case wrongRange(url: String, asked: Int64, offered: String)
  /// The server broke the rules of HTTP.
  case malformed(url: String, reason: String)
  /// The task was cancelled.
  case cancelled(url: String)
  /// The download could not be written.
  case file(FileError)
  /// libcurl is missing or refused to work.
  case library(reason: String)
  /// A test asked for an address that its script does not hold.
  case unscripted(url: String)

  /// One sentence: what failed and why.
  package var description: String {
    switch self {
    case .notFound(let url, let status): "\(url) is not there (the server answered \(status))"
    case .notInFile(let url, let file): "\(url) cannot be had without a network: it is not in \(file)"
    case .status(let url, let code): "\(url): the server answered \(code)"
    case .tooLarge(let url, let limit, let offered?):
      "\(url) is too large: offered \(offered) bytes, limit \(limit) bytes"
    case .tooLarge(let url, let limit, nil): "\(url) is larger than the limit of \(limit) bytes"
    case .timedOut(let url, let after): "\(url) was not complete after \(after)"
    case .tooSlow(let url, let minimum):
      "\(url) came slower than \(minimum.bytesPerSecond) bytes a second for \(minimum.seconds) seconds"
    case .connection(let url, let reason): "cannot reach \(url): \(reason)"
    case .truncated(let url, let received): "\(url) ended early, after \(received) bytes"
    case .tls(let url, let reason): "no trustworthy connection to \(url): \(reason)"
    case .pinMismatch(let url): "the server of \(url) shows another public key than the pinned one"
    case .redirectRefused(let url, let reason): "\(url) redirects where this program does not follow: \(reason)"
    case .badAddress(let url): "\(url) is not an http or https address"
    case .wrongRange(let url, let asked, let offered):
      "\(url) sent the wrong part of the file: asked from byte \(asked), offered \"\(offered)\""
    case .malformed(let url, let reason): "\(url) did not answer with proper HTTP: \(reason)"
    case .cancelled(let url): "the transfer of \(url) was cancelled"
    case .file(let error): error.description
    case .library(let reason): reason
    case .unscripted(let url): "the test's script holds nothing for \(url)"
    }
  }

  /// Whose fault it is.
  package var blame: Blame {
    switch self {
    case .notFound, .tooLarge, .wrongRange, .malformed: .repository
    case .notInFile, .status, .timedOut, .tooSlow, .connection, .truncated, .tls, .pinMismatch, .redirectRefused:
      .network
    case .badAddress, .cancelled: .user
    case .file, .library, .unscripted: .machine
    }
  }

  /// What to do next.
  package var help: String? {
    switch self {
    case .timedOut, .tooSlow, .connection, .truncated:
      "check the network and try again; a download goes on where it ended"
    case .notInFile: "leave out --from, or have it exported for this plugin, channel and platform"
    case .pinMismatch: "do not go on until the server's owner confirms the new key"
    case .tls: "check the address and the machine's CA certificates and clock"
    case .library: "install libcurl (Debian and Ubuntu: apt install libcurl4)"
    case .file(let error): error.help
    default: nil
    }
  }

  /// Whether there is no such file, by the word of the server or of the file that is asked instead of one.
  package var isNotFound: Bool {
    switch self {
    case .notFound, .notInFile: true
    default: false
    }
  }
}
