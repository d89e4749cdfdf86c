import CCurl
import SystemPackage

/// The only door to libcurl: one easy handle, which keeps its connection from one transfer to the next.
///
/// It is not `Sendable`: it lives inside one actor and is never used by two threads at once.
@safe struct CurlHandle: ~Copyable {
  private let raw: UnsafeMutableRawPointer

  /// Loads libcurl if need be and makes a handle.
  init() throws(TransferError) {
    if let failure = unsafe serin_curl_load() { throw .library(reason: unsafe String(cString: failure)) }
    guard let raw = unsafe serin_curl_new() else { throw .library(reason: "libcurl could not make a handle") }
    unsafe self.raw = raw
  }

  deinit { unsafe serin_curl_free(raw) }

  /// What came out of a transfer.
  struct Outcome {
    /// The code of libcurl; 0 is success.
    var code: UInt32
    /// Why it failed, in libcurl's words.
    var reason: String
    /// The address that answered last.
    var url: String?
  }

  /// Runs one transfer to its end; the exchange receives everything that arrives.
  func perform(
    _ request: TransferRequest, headers: [String], range: String?, userAgent: String, exchange: TransferExchange
  ) throws(TransferError) -> Outcome {
    unsafe serin_curl_reset(raw)
    var lines: UnsafeMutablePointer<curl_slist>?
    defer { unsafe serin_curl_list_free(lines) }
    for header in headers {
      guard let longer = unsafe serin_curl_list_append(lines, header) else {
        throw .library(reason: "libcurl has no memory left")
      }
      unsafe lines = longer
    }
    // libcurl writes its message here until the next reset, which comes before this buffer goes.
    let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    defer {
      unsafe serin_curl_reset(raw)
      unsafe message.deallocate()
    }
    let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
    try setLimits(request)
    try setSecurity(request)
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_USERAGENT, userAgent)
    if let range { try set(CURLOPT_RANGE, range) }
    try check(unsafe serin_curl_set_pointer(raw, CURLOPT_HTTPHEADER, lines))
    try check(unsafe serin_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, message))
    try check(unsafe serin_curl_set_pointer(raw, CURLOPT_WRITEDATA, context))
    try check(unsafe serin_curl_set_pointer(raw, CURLOPT_HEADERDATA, context))
    try check(unsafe serin_curl_set_pointer(raw, CURLOPT_XFERINFODATA, context))
    try check(unsafe serin_curl_set_body(raw, CURLOPT_WRITEFUNCTION, bodyArrived))
    try check(unsafe serin_curl_set_body(raw, CURLOPT_HEADERFUNCTION, headerArrived))
    try check(unsafe serin_curl_set_progress(raw, timePassed))

    let code = withExtendedLifetime(exchange) { unsafe serin_curl_perform(raw) }
    var text = unsafe String(cString: message)
    if text.isEmpty { text = unsafe String(cString: serin_curl_sentence(code)) }
    var address: UnsafePointer<CChar>?
    unsafe _ = serin_curl_get_text(raw, CURLINFO_EFFECTIVE_URL, &address)
    return Outcome(code: code.rawValue, reason: text, url: unsafe address.map { unsafe String(cString: $0) })
  }

  private func setLimits(_ request: TransferRequest) throws(TransferError) {
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_NOPROGRESS, 0)
    try set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds)
    try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
    if let rate = request.minimumRate {
      try set(CURLOPT_LOW_SPEED_LIMIT, rate.bytesPerSecond)
      try set(CURLOPT_LOW_SPEED_TIME, rate.seconds)
    }
    // Redirects: a few, and never to another scheme.
    try set(CURLOPT_FOLLOWLOCATION, 1)
    try set(CURLOPT_MAXREDIRS, 3)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.lowercased().hasPrefix("https:") ? "https" : "http")
  }

  private func setSecurity(_ request: TransferRequest) throws(TransferError) {
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let caFile = request.caFile { try set(CURLOPT_CAINFO, caFile.string) }
    if !request.pinnedKeys.isEmpty {
      try set(CURLOPT_PINNEDPUBLICKEY, request.pinnedKeys.joined(separator: ";"))
    }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransferError) {
    try check(unsafe serin_curl_set_long(raw, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(TransferError) {
    try check(unsafe serin_curl_set_text(raw, option, value))
  }

  private func check(_ code: CURLcode) throws(TransferError) {
    guard code == CURLE_OK else {
      throw .library(reason: "libcurl refused a setting: \(unsafe String(cString: serin_curl_sentence(code)))")
    }
  }
}

extension Duration {
  /// Whole milliseconds, at least 1, since libcurl reads 0 as "for ever".
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let milliseconds =
      overflow ? Int64(Int32.max) : value.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).0
    return Int(min(max(milliseconds, 1), Int64(Int32.max)))
  }
}

// The callbacks capture nothing: their world is the exchange, which parks its errors until the transfer has ended.

private let bodyArrived: serin_curl_body_callback = { bytes, size, count, context in
  guard let context = unsafe context else { return 0 }
  let exchange = unsafe Unmanaged<TransferExchange>.fromOpaque(context).takeUnretainedValue()
  let (length, overflow) = size.multipliedReportingOverflow(by: count)
  guard !overflow else { return 0 }
  let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(bytes), byteCount: length)
  return exchange.receive(body: span) ? length : length &+ 1
}

private let headerArrived: serin_curl_body_callback = { bytes, size, count, context in
  guard let context = unsafe context else { return 0 }
  let exchange = unsafe Unmanaged<TransferExchange>.fromOpaque(context).takeUnretainedValue()
  let (length, overflow) = size.multipliedReportingOverflow(by: count)
  guard !overflow else { return 0 }
  let line = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: length))
  return exchange.receive(header: line) ? length : length &+ 1
}

private let timePassed: serin_curl_progress_callback = { context, _, _, _, _ in
  guard let context = unsafe context else { return 1 }
  let exchange = unsafe Unmanaged<TransferExchange>.fromOpaque(context).takeUnretainedValue()
  return exchange.isCancelled ? 1 : 0
}
