internal import Datasets
internal import Features
internal import Foundation
internal import RunData
internal import Torch
internal import Training

/// Features of the real pictures, computed once and kept.
///
/// Pictures are encoded in blocks of neighbours in the data set when one of them is first asked for, so the numbers do not
/// depend on which steps came before: a resumed run reaches the same bits.
final class FeatureCache {
    private let data: TrainingData
    private let encoder: any FeatureEncoder
    private let selection: FeatureSelection
    private let device: Device
    private let precision: DType?
    /// 2 if mirrored pictures are kept as well.
    private let variants: Int
    private var names: [String] = []
    /// Of each name, [variants N, F, S].
    private var stores: [Tensor] = []
    private var isFilled: [Bool]
    private static let block = 256

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - data: The pictures.
    ///   - encoder: The frozen encoder.
    ///   - selection: Vectors that are made of the maps.
    ///   - device: Device on which pictures are encoded and vectors are kept.
    ///   - precision: Of autocast.
    ///   - gibibytes: Room for the vectors.
    /// - Throws: `TrainingError` if they need more.
    init(
        _ data: TrainingData, _ encoder: any FeatureEncoder, _ selection: FeatureSelection, on device: Device,
        precision: DType?, gibibytes: Double
    ) throws {
        self.data = data
        self.encoder = encoder
        self.selection = selection
        self.device = device
        self.precision = precision
        variants = data.settings.isFlipped ? 2 : 1
        isFilled = [Bool](repeating: false, count: variants * ((data.count + Self.block - 1) / Self.block))
        let first = try encoded(block: 0)
        let bytes = first.map { $0.values.shape.dropFirst().reduce($0.values.dtype.byteCount, *) }.reduce(0, +)
        let needed = Double(bytes * data.count * variants) / Double(1 << 30)
        guard needed <= gibibytes else {
            let mirrored = variants == 2 ? ", mirrored ones included," : ""
            throw TrainingError(
                """
                method.features.cache: the features of \(data.count) pictures\(mirrored) take \
                \(needed.formatted(.number.precision(.fractionLength(1)))) GiB, more than the \(gibibytes.formatted()) that are \
                allowed. Allow more, or write cache: null to compute them again at every step.
                """)
        }
        names = first.map(\.name)
        stores = first.map {
            .empty([variants * data.count] + $0.values.shape.dropFirst(), dtype: $0.values.dtype, device: device)
        }
        keep(first, block: 0)
    }

    /// The vectors of some pictures, in that order.
    ///
    /// - Parameters:
    ///   - indices: Places in the data set.
    ///   - isMirrored: Mask of those that are seen mirrored; none if nil.
    func vectors(of indices: [Int], mirrored isMirrored: [Bool]?) throws -> [FeatureVectors] {
        let places = indices.enumerated().map { $1 + (isMirrored?[$0] == true ? data.count : 0) }
        for block in Set(places.map(block(of:))).sorted() where !isFilled[block] {
            keep(try encoded(block: block), block: block)
        }
        let chosen = Tensor(places, device: device)
        return zip(names, stores).map { FeatureVectors($0, $1.indexSelect(0, chosen)) }
    }

    private var blocksPerVariant: Int { isFilled.count / variants }

    private func block(of place: Int) -> Int {
        place / data.count * blocksPerVariant + place % data.count / Self.block
    }

    private func examples(of block: Int) -> Range<Int> {
        let first = block % blocksPerVariant * Self.block
        return first..<min(first + Self.block, data.count)
    }

    private func encoded(block: Int) throws -> [FeatureVectors] {
        let images = try data.examples(Array(examples(of: block)), on: device)
        let seen = block < blocksPerVariant ? images : images.flip(3)
        return withoutGradients {
            withAutocast(precision, on: device) { encoder.vectors(of: seen, selection) }
        }
    }

    private func keep(_ vectors: [FeatureVectors], block: Int) {
        let range = examples(of: block)
        let start = range.lowerBound + block / blocksPerVariant * data.count
        for (store, vector) in zip(stores, vectors) {
            store.slice(0, start, start + range.count).copy(from: vector.values)
        }
        isFilled[block] = true
    }
}
