package import SystemPackage

/// The network: `http` and `https` only, with a limit on everything a server could stretch.
package protocol Transport: Sendable {
  /// Fetches a whole body into memory.
  func fetch(_ request: TransferRequest) async throws(TransferError) -> TransferResponse

  /// Downloads a body into a file, or the rest of it.
  ///
  /// With an offset, the file must hold at least that many bytes; what lies beyond is cut off, and the server is asked
  /// for the rest (`Range`, with `If-Range` when the request carries an entity tag). A server that answers with the
  /// whole body restarts the file. Without an offset whatever is at the path is replaced. A failed transfer leaves what
  /// has arrived in the file.
  /// - Parameters:
  ///   - offset: how many bytes the file already holds; nil starts anew.
  ///   - progress: called with the bytes in the file so far and the expected total, if the server named it.
  func download(
    _ request: TransferRequest, to path: FilePath, resumingFrom offset: Int64?,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws(TransferError) -> TransferResponse
}

/// What to fetch and within which limits.
package struct TransferRequest: Hashable, Sendable {
  /// An absolute `http` or `https` address.
  package var url: String
  /// The largest acceptable body in bytes; for a resumed download the largest acceptable file.
  package var limit: Int64
  /// How long the whole transfer may take.
  package var timeout: Duration
  /// How long it may take until the connection (with TLS) stands.
  package var connectTimeout: Duration
  /// The slowest acceptable transfer.
  package var minimumRate: TransferRate?
  /// Acceptable public keys of the server, as "sha256//" and base64; empty means any key that the CAs vouch for.
  package var pinnedKeys: [String]
  /// The entity tag that the caller already has: the server then answers 304 when nothing changed.
  package var ifNoneMatch: String?
  /// The entity tag of a partial file: the server then sends the rest only when the file is still the same.
  package var ifRange: String?
  /// A file of CA certificates (PEM) to believe instead of the machine's.
  package var caFile: FilePath?

  /// Makes a request; all limits but the size have defaults.
  package init(
    url: String, limit: Int64, timeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(10),
    minimumRate: TransferRate? = .standard, pinnedKeys: [String] = [], ifNoneMatch: String? = nil,
    ifRange: String? = nil, caFile: FilePath? = nil
  ) {
    self.url = url
    self.limit = limit
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.minimumRate = minimumRate
    self.pinnedKeys = pinnedKeys
    self.ifNoneMatch = ifNoneMatch
    self.ifRange = ifRange
    self.caFile = caFile
  }
}

/// The slowest acceptable transfer: so many bytes a second, on average over a window.
package struct TransferRate: Hashable, Sendable {
  /// Bytes a second.
  package var bytesPerSecond: Int
  /// The window in whole seconds.
  package var seconds: Int

  /// Makes a rate from its parts.
  package init(bytesPerSecond: Int, seconds: Int) {
    self.bytesPerSecond = bytesPerSecond
    self.seconds = seconds
  }

  /// 512 bytes a second over 20 seconds: slow telephone lines pass, a server that drips does not.
  package static let standard = TransferRate(bytesPerSecond: 512, seconds: 20)
}

/// What a server answered.
package struct TransferResponse: Hashable, Sendable {
  /// The status code of the last answer: 200, 206, or 304 when the caller's entity tag still holds.
  package var status: Int
  /// The body; empty for a download.
  package var body: [UInt8]
  /// The address that answered, after redirects.
  package var url: String
  /// The entity tag of the answer.
  package var etag: String?
  /// The media type of the answer.
  package var contentType: String?
  /// The byte offset from which a download went on; 0 when it began anew.
  package var resumedFrom: Int64
  /// The size of the body, or of the downloaded file, in bytes.
  package var length: Int64

  /// Whether the server said that the caller's entity tag still holds (status 304).
  package var isNotModified: Bool { status == 304 }

  /// Makes a response from its parts.
  package init(
    status: Int = 200, body: [UInt8] = [], url: String, etag: String? = nil, contentType: String? = nil,
    resumedFrom: Int64 = 0, length: Int64? = nil
  ) {
    self.status = status
    self.body = body
    self.url = url
    self.etag = etag
    self.contentType = contentType
    self.resumedFrom = resumedFrom
    self.length = length ?? Int64(body.count)
  }
}
