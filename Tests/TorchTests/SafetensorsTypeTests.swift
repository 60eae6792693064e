import Foundation
import TestSupport
import Testing
import Torch

@Suite("Element types of safetensors files") struct SafetensorsTypeTests {
    private func file(_ type: String, shape: String, _ bytes: [UInt8]) throws -> URL {
        let header = Array(#"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,\#(bytes.count)]}}"#.utf8)
        let size = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        try Data(size + header + bytes).write(to: url)
        return url
    }

    private func read(_ type: String, _ bytes: [UInt8], count: Int) throws -> (DType, [Double]) {
        let url = try file(type, shape: "[\(count)]", bytes)
        defer { try? FileManager.default.removeItem(at: url) }
        let content = try SafetensorsFile(url)
        let tensor = try #require(content["a"])
        #expect(content.layouts["a"]?.dtype == tensor.dtype && tensor.shape == [count])
        return (tensor.dtype, tensor.scalars())
    }

    @Test("unsigned whole numbers are widened to signed ones that hold them all")
    func unsigned() throws {
        let short = try read("U16", [0, 0, 1, 0, 0xFF, 0xFF], count: 3)
        #expect(short.0 == .int32 && short.1 == [0, 1, 65_535])
        let word = try read("U32", [7, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], count: 2)
        #expect(word.0 == .int64 && word.1 == [7, 4_294_967_295])
        let long = try read("U64", [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], count: 2)
        #expect(long.0 == .int64 && long.1 == [9, 1_099_511_627_776])
    }

    @Test("whole numbers that int64 does not hold are refused with their place")
    func tooLarge() throws {
        let url = try file("U64", shape: "[2]", [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8))
        defer { try? FileManager.default.removeItem(at: url) }
        let error = #expect(throws: TorchError.self) { _ = try SafetensorsFile(url) }
        #expect(error?.message.contains("'a', U64, holds a number of 2⁶³ or more at place 1") == true)
    }

    @Test("8-bit floats are exact, with their subnormal numbers, infinities and NaN")
    func floats() throws {
        // Largest, smallest normal, smallest subnormal, minus one and a half, NaN.
        let e4m3 = try read("F8_E4M3", [0x7E, 0x08, 0x01, 0xBC, 0x7F], count: 5)
        #expect(e4m3.0 == .float32)
        #expect(Array(e4m3.1.prefix(4)) == [448, 0x1p-6, 0x1p-9, -1.5] && e4m3.1[4].isNaN)
        let e5m2 = try read("F8_E5M2", [0x7B, 0x04, 0x01, 0xBE, 0x7C, 0x7D], count: 6)
        #expect(Array(e5m2.1.prefix(5)) == [57_344, 0x1p-14, 0x1p-16, -1.5, .infinity] && e5m2.1[5].isNaN)
        let e8m0 = try read("F8_E8M0", [127, 128, 0, 255], count: 4)
        #expect(Array(e8m0.1.prefix(3)) == [1, 2, 0x1p-127] && e8m0.1[3].isNaN)
    }

    @Test("an empty tensor has the type that others of its kind have")
    func empty() throws {
        let url = try file("U16", shape: "[0,3]", [])
        defer { try? FileManager.default.removeItem(at: url) }
        let tensor = try #require(try SafetensorsFile(url)["a"])
        #expect(tensor.dtype == .int32 && tensor.shape == [0, 3])
    }
}
