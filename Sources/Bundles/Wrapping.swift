internal import Platform
internal import Releases
internal import Signing

/// Runs one file operation and puts its error into the module's own.
func filing<Result>(_ body: @autoclosure () throws(FileError) -> Result) throws(BundleError) -> Result {
  do throws(FileError) { return try body() } catch { throw .file(error) }
}

/// Runs one step of importing and puts its error into the module's own.
func archiving<Result: ~Copyable>(_ body: @autoclosure () throws(ArchiveError) -> Result) throws(BundleError) -> Result
{
  do throws(ArchiveError) { return try body() } catch { throw .archive(error) }
}

/// Reads one value of a format and puts its error into the module's own.
func releasing<Result>(_ body: @autoclosure () throws(ReleaseError) -> Result) throws(BundleError) -> Result {
  do throws(ReleaseError) { return try body() } catch { throw .release(error) }
}

/// Checks the signature of `what` and puts the error into the module's own.
func checking<Result>(
  _ what: String, _ body: @autoclosure () throws(SignatureError) -> Result
) throws(BundleError) -> Result {
  do throws(SignatureError) { return try body() } catch { throw .signature(what: what, error) }
}
