namespace CubeActors.Protocol;

/// <summary>The entries of one append message, walked in place: valid as long as the bytes of its frame. They are checked before it exists.</summary>
/// <remarks>Every entry lies whole within the frame, has a known type, and their indexes follow each other from message.index + 1.</remarks>
public readonly ref struct RaftEntries
{
    private readonly ReadOnlySpan<byte> _encoded;
    private readonly int _start;

    private RaftEntries(ReadOnlySpan<byte> encoded, int count, int start)
    {
        _encoded = encoded;
        _start = start;
        Count = count;
    }

    public int Count { get; }

    public Enumerator GetEnumerator() => new(_encoded, _start);

    /// <summary>Finds and checks <paramref name="count"/> entries at the front of <paramref name="source"/>.</summary>
    /// <param name="previous">The index before the first entry; null where entries have no meaning and only their sizes are checked.</param>
    /// <param name="start">Where <paramref name="source"/> begins, in the units of <see cref="RaftEntry.DataStart"/>.</param>
    /// <returns>False if they are cut off or wrong.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> source, uint count, ulong? previous, int start, out RaftEntries entries, out int bytes)
    {
        entries = default;
        bytes = 0;
        var rest = source;
        for (uint i = 0; i < count; i++) // ends early where the count is a lie: every turn needs 21 bytes
        {
            if (rest.Length < RaftEntryHeader.SizedBytes) return false;
            var size = new BigEndianReader(rest).U32();
            if (size < RaftEntryHeader.Bytes || size > rest.Length - sizeof(uint)) return false;
            var status = RaftEntryHeader.TryRead(rest.Slice(sizeof(uint), (int)size), out var header);
            if (status != DecodeStatus.Complete) return false;
            if (previous is { } before)
            {
                if (before == ulong.MaxValue || header.Index != before + 1) return false;
                previous = header.Index;
            }

            rest = rest[(sizeof(uint) + (int)size)..];
        }

        bytes = source.Length - rest.Length;
        entries = new RaftEntries(source[..bytes], (int)count, start);
        return true;
    }

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private int _at;

        internal Enumerator(ReadOnlySpan<byte> encoded, int start)
        {
            _rest = encoded;
            _at = start;
        }

        public RaftEntry Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            var size = (int)new BigEndianReader(_rest).U32();
            var entry = _rest.Slice(sizeof(uint), size);
            RaftEntryHeader.TryRead(entry, out var header);
            Current = new RaftEntry(header, entry[RaftEntryHeader.Bytes..], _at + RaftEntryHeader.SizedBytes);
            _rest = _rest[(sizeof(uint) + size)..];
            _at += sizeof(uint) + size;
            return true;
        }
    }
}

/// <summary>One entry where it lies in a received buffer.</summary>
public readonly ref struct RaftEntry
{
    internal RaftEntry(scoped in RaftEntryHeader header, ReadOnlySpan<byte> data, int dataStart)
    {
        Header = header;
        Data = data;
        DataStart = dataStart;
    }

    public RaftEntryHeader Header { get; }

    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Where <see cref="Data"/> begins, counted from what was given to <see cref="RaftFrame.TryRead"/> as the frame's start.</summary>
    public int DataStart { get; }
}
