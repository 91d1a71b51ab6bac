using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>The youngest entries of a log with their data. Every lease that goes in comes back out.</summary>
public sealed class EntryCacheTests : IDisposable
{
    private const long BlockPinned = BufferLease.HeadroomBytes + BufferPool.SmallBytes;

    private readonly BufferPool _pool = new(64 << 20);
    private readonly EntryCache _cache = new(bytesMax: 4 * BlockPinned);

    public void Dispose()
    {
        _cache.Clear();
        Assert.Equal((0, 0L, 0L), (_cache.Count, _cache.PinnedBytes, _pool.Outstanding));
    }

    [Fact]
    public void Entries_are_found_by_their_index_until_they_are_trimmed()
    {
        for (var index = 5ul; index <= 8; index++) Add(index);

        Assert.False(_cache.TryGet(4, out _));
        Assert.False(_cache.TryGet(9, out _));
        for (var index = 5ul; index <= 8; index++)
        {
            Assert.True(_cache.TryGet(index, out var entry));
            Assert.Equal(((byte)index, index), (entry.Data[0], entry.Header.Index));
        }

        _cache.Trim(done: 6);
        Assert.Equal((7ul, 2), (_cache.First, _cache.Count));
        Assert.False(_cache.TryGet(6, out _));
        Assert.True(_cache.TryGet(7, out _));
        Assert.Equal(2, _pool.Outstanding); // the leases of the others are back already
    }

    [Fact]
    public void The_oldest_go_when_the_memory_they_pin_is_more_than_allowed()
    {
        for (var index = 1ul; index <= 6; index++) Add(index);
        Assert.Equal(6 * BlockPinned, _cache.PinnedBytes);

        _cache.Trim(done: 0);

        Assert.Equal((3ul, 4, 4 * BlockPinned), (_cache.First, _cache.Count, _cache.PinnedBytes));
        Assert.Equal(4, _pool.Outstanding);
    }

    [Fact]
    public void Entries_of_one_receive_pin_its_buffer_once_until_the_last_of_them_goes()
    {
        var shared = Rent();
        for (var index = 1ul; index <= 3; index++) _cache.Add(Entry(index, shared));
        shared.Release();
        Assert.Equal(BlockPinned, _cache.PinnedBytes);

        _cache.Trim(done: 2);
        Assert.Equal((BlockPinned, 1L), (_cache.PinnedBytes, _pool.Outstanding));
        _cache.Trim(done: 3);
        Assert.Equal((0L, 0L), (_cache.PinnedBytes, _pool.Outstanding));
    }

    [Fact]
    public void An_entry_without_data_between_two_of_one_receive_changes_nothing_about_what_is_pinned()
    {
        var shared = Rent();
        _cache.Add(Entry(1, shared));
        _cache.Add(Entry(2, null)); // a leader's first
        _cache.Add(Entry(3, shared));
        shared.Release();
        Assert.Equal(BlockPinned, _cache.PinnedBytes);

        for (var done = 1ul; done <= 2; done++)
        {
            _cache.Trim(done);
            Assert.Equal((BlockPinned, 1L), (_cache.PinnedBytes, _pool.Outstanding));
        }

        Add(4);
        Assert.Equal(2 * BlockPinned, _cache.PinnedBytes);
        _cache.Trim(done: 3);
        Assert.Equal(BlockPinned, _cache.PinnedBytes);
    }

    [Fact]
    public void What_is_cut_at_the_back_makes_room_for_others_at_the_same_places()
    {
        for (var index = 1ul; index <= 4; index++) Add(index);

        _cache.TruncateFrom(3);
        Assert.Equal((2, 2 * BlockPinned, 2L), (_cache.Count, _cache.PinnedBytes, _pool.Outstanding));
        Add(3, value: 33);

        Assert.True(_cache.TryGet(3, out var entry));
        Assert.Equal(33, entry.Data[0]);
        Assert.False(_cache.TryGet(4, out _));
    }

    [Fact]
    public void A_cut_in_front_of_everything_empties_it()
    {
        for (var index = 5ul; index <= 6; index++) Add(index);

        _cache.TruncateFrom(2);

        Assert.Equal((0, 0L, 0L), (_cache.Count, _cache.PinnedBytes, _pool.Outstanding));
        Add(2);
        Assert.Equal((2ul, 1), (_cache.First, _cache.Count));
    }

    [Theory]
    [InlineData(3)]  // behind a snapshot
    [InlineData(12)]
    public void An_entry_that_does_not_follow_the_last_one_begins_anew(ulong index)
    {
        for (var i = 5ul; i <= 6; i++) Add(i);

        Add(index);

        Assert.Equal((index, 1, 1L), (_cache.First, _cache.Count, _pool.Outstanding));
        Assert.False(_cache.TryGet(6, out _));
    }

    [Fact]
    public void It_grows_and_wraps_without_losing_the_order()
    {
        var cache = new EntryCache(bytesMax: long.MaxValue);
        var next = 1ul;
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 40; i++) cache.Add(Entry(next++, null));
            cache.Trim(next - 1 - 150);
            for (var index = cache.First; index < next; index++)
            {
                Assert.True(cache.TryGet(index, out var entry));
                Assert.Equal(index, entry.Header.Index);
            }
        }

        Assert.Equal(150, cache.Count);
    }

    private void Add(ulong index, byte? value = null)
    {
        var lease = Rent();
        lease.Data.Span[0] = value ?? (byte)index;
        _cache.Add(Entry(index, lease));
        lease.Release(); // the cache holds it for itself
    }

    private BufferLease Rent()
    {
        Assert.True(_pool.TryRent(1, out var lease));
        return lease;
    }

    private static RaftPayload Entry(ulong index, BufferLease? lease) =>
        new(new RaftEntryHeader(RaftEntryType.Normal, 1, index, lease is null ? 0 : 1), lease, BufferLease.HeadroomBytes);
}
