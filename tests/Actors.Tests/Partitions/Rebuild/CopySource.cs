using System.Collections.Concurrent;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>The replica that another one is filled from: answers what is asked about its extents, one question a connection, as a test says.</summary>
internal sealed class CopySource : IDisposable
{
    private readonly IListener _listener;
    private readonly ConcurrentQueue<Opcode> _questions = new();

    public CopySource(SimulatedNetwork network, string address)
    {
        _listener = network.Listen(IPEndPoint.Parse(address));
        Running = ServeAsync();
    }

    /// <summary>Its extents and their sizes.</summary>
    public ConcurrentDictionary<ulong, long> Extents { get; } = new();

    /// <summary>Extents that its lists leave out, as CubeFS does with what was written to within the last minute.</summary>
    public ConcurrentDictionary<ulong, bool> Unlisted { get; } = new();

    public ulong Applied { get; set; } = 7;

    /// <summary>Told of each question before it is answered; another answer than null is sent instead, an empty one closes the connection.</summary>
    public Func<PacketHeader, byte[]?> Tamper { get; set; } = static _ => null;

    public IReadOnlyList<Opcode> Questions => [.. _questions];

    /// <summary>Connections on which more than one question came.</summary>
    public int SharedConnections { get; private set; }

    public Task Running { get; }

    public void Dispose() => _listener.Dispose();

    public byte[] AnswerTo(PacketHeader question) => Answer(question, Body(question));

    public static byte[] Answer(PacketHeader question, byte[] body) => Requests.Build(question with { Result = ResultCode.Ok, Size = (uint)body.Length }, [], body);

    private byte[] Body(PacketHeader question) => question.Opcode switch
    {
        Opcode.GetAppliedId => Hex.Bytes(Applied.ToString("x16", null)),
        Opcode.GetMaxExtentIdAndPartitionSize => Two(Extents.Keys.DefaultIfEmpty(64UL).Max(), (ulong)Extents.Values.Sum()),
        Opcode.GetPartitionSize => Two((ulong)Extents.Where(extent => extent.Key <= question.Extent.Value).Sum(extent => extent.Value), (ulong)Extents.Values.Sum() + 4096),
        Opcode.GetAllWatermarks => WatermarkJson.Write(
        [
            .. Extents.Where(extent => !Unlisted.ContainsKey(extent.Key) && new ExtentId(extent.Key).IsTiny != question.IsNormalExtent)
                .OrderBy(extent => extent.Key).Select(extent => new Watermark { Extent = new ExtentId(extent.Key), Size = (ulong)extent.Value }),
        ]),
        _ => throw new InvalidOperationException($"a source was asked 0x{(byte)question.Opcode:x2}"),
    };

    private static byte[] Two(ulong first, ulong second)
    {
        var body = new byte[NumberBody.TwoBytes];
        NumberBody.WriteTwo(body, first, second);
        return body;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            IConnection connection;
            try
            {
                connection = await _listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }

            using (connection) await AnswerAllAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task AnswerAllAsync(IConnection connection)
    {
        try
        {
            for (var count = 0; ; count++)
            {
                var head = await connection.ReadExactlyAsync(PacketHeader.BaseBytes).ConfigureAwait(false);
                Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(head, PacketLimits.Requests, out var question, out _));
                await connection.ReadExactlyAsync((int)question.Size).ConfigureAwait(false);
                if (count == 1) SharedConnections++;
                _questions.Enqueue(question.Opcode);
                var answer = Tamper(question) ?? AnswerTo(question);
                if (answer.Length == 0) return;
                await connection.SendAsync(answer).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // Whoever asked has hung up, as after each question.
        }
    }
}
