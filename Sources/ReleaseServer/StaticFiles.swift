import Hummingbird
import Platform
import Signing
import SystemPackage

/// Serves the files of one repository folder as a plain web server would: validators, ranges, no way out.
struct StaticFiles: Sendable {
  /// The repository folder, which holds `metadata/` and `targets/`.
  let root: FilePath
  let files: any FileSystem
  let chunkBytes: Int

  /// Answers a GET or HEAD request for a file.
  /// - Throws: `RequestError.notFound` for whatever is no visible regular file below the folder.
  func response(to request: Request, path: RequestPath, context: ReleaseContext) throws -> Response {
    let found = try open(path)
    let tag = EntityTag(path: path, status: found.status)
    var headers: HTTPFields = [
      .eTag: tag.description, .cacheControl: Self.cacheControl(of: path), .acceptRanges: "bytes",
    ]
    if let known = request.headers[.ifNoneMatch], tag.isNamed(by: known) {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = MediaTypes.type(of: path.segments.last ?? "")
    let size = found.status.size
    switch wanted(request, tag: tag, size: size) {
    case .unsatisfiable:
      headers[.contentRange] = "bytes */\(size)"
      headers[.cacheControl] = "no-store"
      headers[.contentType] = MediaTypes.json
      let body = RequestError.body(code: "bad-range", message: "the range begins after the end of the file")
      return .json(body, status: .rangeNotSatisfiable, headers: headers)
    case .part(let range):
      headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
      return try answer(request, context, found.file, range: range, status: .partialContent, headers: headers)
    case .whole:
      return try answer(request, context, found.file, range: 0..<size, status: .ok, headers: headers)
    }
  }

  /// RFC 9110 14.2: a range is only for GET, and only when If-Range names the very bytes we have.
  private func wanted(_ request: Request, tag: EntityTag, size: Int64) -> RangeRequest {
    guard request.method == .get, tag.allowsRange(ifRange: request.headers[.ifRange]) else { return .whole }
    return RangeRequest(header: request.headers[.range], size: size)
  }

  private func answer(
    _ request: Request, _ context: ReleaseContext, _ file: any ReadableFile, range: Range<Int64>,
    status: HTTPResponse.Status, headers: HTTPFields
  ) throws -> Response {
    var body = ResponseBody()
    if request.method != .head {
      body = try FileBody(file: file, range: range, chunkBytes: chunkBytes, settle: context.settle).body()
    }
    var headers = headers
    headers[.contentLength] = String(range.upperBound - range.lowerBound)
    return Response(status: status, headers: headers, body: body)
  }

  /// Opens a file after looking at every step of the way to it.
  ///
  /// A link anywhere below the folder is refused, even one that stays inside: nothing in a repository is a link, so one
  /// that appears is a mistake or worse. A file that is replaced between the look and the open is looked at again.
  private func open(_ path: RequestPath) throws -> (file: any ReadableFile, status: FileStatus) {
    do {
      for _ in 0..<3 {
        let (place, seen) = try look(path)
        let file = try files.open(place, followingLinks: false)
        let status = try file.status()
        if status.inode == seen.inode, status.device == seen.device, status.kind == .file { return (file, status) }
      }
    } catch let error as FileError where error.reason == .notFound || error.reason == .denied {
      throw RequestError.notFound
    }
    throw RequestError.repositoryUnreadable
  }

  private func look(_ path: RequestPath) throws -> (place: FilePath, status: FileStatus) {
    var place = root
    for (index, segment) in path.segments.enumerated() {
      guard let component = FilePath.Component(segment) else { throw RequestError.notFound }
      place.append(component)
      let isLast = index == path.segments.count - 1
      guard let status = try files.status(place), status.kind == (isLast ? .file : .directory) else { break }
      if isLast { return (place, status) }
    }
    throw RequestError.notFound
  }

  /// Whatever carries its version or its digest in its name never changes; everything else is asked for again each
  /// time.
  static func cacheControl(of path: RequestPath) -> String {
    path.isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
  }
}

extension RequestPath {
  /// The SHA-256 in a consistent target's name `<hash>.<file>`, if there is one.
  var digest: SHA256Digest? {
    guard segments.first == "targets", let name = segments.last, let dot = name.firstIndex(of: ".") else { return nil }
    return name[..<dot].utf8.count == 64 ? SHA256Digest(hex: String(name[..<dot])) : nil
  }

  /// Whether the bytes under this path never change: `<N>.<role>.json` and `<hash>.<file>`.
  var isImmutable: Bool {
    if digest != nil { return true }
    guard segments.first == "metadata", let name = segments.last, let dot = name.firstIndex(of: ".") else {
      return false
    }
    return !name[..<dot].isEmpty
      && name[..<dot].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

extension EntityTag {
  /// The tag of a file: its digest where the name carries it, else what changes whenever the file is replaced.
  init(path: RequestPath, status: FileStatus) {
    if let digest = path.digest {
      self.init(opaque: digest.hex)
    } else {
      self.init(status: status)
    }
  }

  /// The tag made of inode, time and size; a rename over the file changes the first at least.
  init(status: FileStatus) {
    let time = status.modified
    let parts = [
      status.inode, UInt64(bitPattern: time.seconds), UInt64(time.nanoseconds), UInt64(bitPattern: status.size),
    ]
    self.init(opaque: parts.map { String($0, radix: 16) }.joined(separator: "-"))
  }
}
