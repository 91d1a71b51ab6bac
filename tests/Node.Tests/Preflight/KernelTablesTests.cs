namespace CubeActors.Node.Tests;

public sealed class KernelTablesTests
{
    private const string Tcp =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0B00007F:439E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0
           1: 0100007F:439F 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0000000000000000 20 4 30 10 -1
           2: 00000000:43A8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 0000000000000000 100 0 0 10 0
           3: nonsense
        """;

    [Fact]
    public void Listening_ports_are_read_and_connections_are_not() =>
        Assert.Equal([("127.0.0.11:17310", 4242UL), ("0.0.0.0:17320", 4244UL)], KernelTables.Listeners(Tcp).Select(found => (found.EndPoint.ToString(), found.Inode)));

    [Fact]
    public void Addresses_of_six_words_are_read_too()
    {
        var any = "sl\n 0: 00000000000000000000000000000000:439E 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7 1\n"
            + " 1: 0000000000000000FFFF00000B00007F:439E 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 8 1";
        Assert.Equal(["[::]:17310", "127.0.0.11:17310"], KernelTables.Listeners(any).Select(found => found.EndPoint.ToString()));
    }

    [Fact]
    public void The_holder_of_a_lock_is_found_by_device_and_inode()
    {
        const string locks = "1: POSIX  ADVISORY  WRITE 7 08:11:131074 0 EOF\n2: FLOCK  ADVISORY  WRITE 4711 08:11:131074 0 EOF\n2: -> FLOCK  ADVISORY  WRITE 4712 08:11:131074 0 EOF\nx";
        Assert.Equal(4711, KernelTables.FlockHolder(locks, (8UL << 32) | 0x11, 131074));
        Assert.Null(KernelTables.FlockHolder(locks, (8UL << 32) | 0x12, 131074));
        Assert.Null(KernelTables.FlockHolder(locks, (8UL << 32) | 0x11, 131075));
        Assert.Null(KernelTables.FlockHolder("", 1, 1));
    }

    [Theory]
    [InlineData("Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n", 524288)]
    [InlineData("Max open files            unlimited            unlimited            files", long.MaxValue)]
    [InlineData("", long.MaxValue)]
    public void The_hard_limit_of_open_files_counts(string limits, long expected) => Assert.Equal(expected, KernelTables.OpenFilesMax(limits));
}
