import CFuzzer
import Foundation

// The first argument says which reader is meant; the rest is libFuzzer's.
let readers: [String: @Sendable () throws -> any FuzzedReader] = [
  "bundle": { try FuzzedBundle() }, "delta": { try FuzzedDelta() }, "offline": { try FuzzedOffline() },
]
guard CommandLine.arguments.count > 1, let make = readers[CommandLine.arguments[1]] else {
  fatalError("the first argument must be one of \(readers.keys.sorted())")
}
let reader = try make()
if CommandLine.arguments.count == 4, CommandLine.arguments[2] == "--write-corpus" {
  for (name, bytes) in try reader.seeds() {
    try Data(bytes).write(to: URL(filePath: CommandLine.arguments[3]).appending(path: name))
  }
} else {
  FuzzedReaders.current = reader
  var count = CommandLine.argc - 1
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv.advanced(by: 1)
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      FuzzedReaders.current?.run(Array(UnsafeBufferPointer(start: data, count: size)))
      return 0
    })
}
