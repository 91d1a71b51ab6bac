using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Another replica whose blocks are compared: answers reads (0x06), applied ids (0x10) and lists (0x07), as a test says.</summary>
internal sealed class BlockPeer : IDisposable
{
    private readonly IListener _listener;
    private readonly ConcurrentQueue<Task> _serving = new();
    private long _reads;

    public BlockPeer(SimulatedNetwork network, string address)
    {
        Address = address;
        _listener = network.Listen(IPEndPoint.Parse(address));
        Running = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>The bytes of its extents.</summary>
    public ConcurrentDictionary<ulong, byte[]> Extents { get; } = new();

    /// <summary>Extents and their CRC, as it lists them.</summary>
    public ConcurrentDictionary<ulong, uint> Listed { get; } = new();

    public ulong Applied { get; set; }

    /// <summary>Another answer than null is sent instead; an empty one closes the connection.</summary>
    public Func<PacketHeader, byte[]?> Tamper { get; set; } = static _ => null;

    /// <summary>Reads that were answered.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    public Task Running { get; }

    public void Dispose() => _listener.Dispose();

    public byte[] AnswerTo(PacketHeader question)
    {
        switch (question.Opcode)
        {
            case Opcode.GetAppliedId:
                var applied = new byte[NumberBody.OneBytes];
                NumberBody.WriteOne(applied, Applied);
                return Ok(question, applied);
            case Opcode.GetAllWatermarks:
                return Ok(question, WatermarkJson.Write(
                    [.. Listed.Select(listed => new Watermark { Extent = new ExtentId(listed.Key), Size = (ulong)Extents[listed.Key].Length, Crc = listed.Value })]));
            case Opcode.StreamFollowerRead:
                Interlocked.Increment(ref _reads);
                if (!Extents.TryGetValue(question.Extent.Value, out var bytes)) return Refused(question, ResultCode.NotExist, "extent has been deleted");
                if (question.ExtentOffset + question.Size > bytes.Length) return Refused(question, (ResultCode)0xF3, "EOF");
                var data = bytes.AsSpan((int)question.ExtentOffset, (int)question.Size).ToArray();
                return Ok(question with { Crc = Crc32.Compute(data) }, data);
            default:
                throw new InvalidOperationException($"a replica was asked 0x{(byte)question.Opcode:x2}");
        }
    }

    public static byte[] Ok(PacketHeader question, byte[] body) => Requests.Build(question with { Result = ResultCode.Ok, Size = (uint)body.Length }, [], body);

    public static byte[] Refused(PacketHeader question, ResultCode code, string text) =>
        Requests.Build(question with { Result = code, Size = (uint)text.Length }, [], Encoding.ASCII.GetBytes(text));

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _serving.Enqueue(AnswerAllAsync(await _listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false)));
        }
        catch (ObjectDisposedException)
        {
            await Task.WhenAll(_serving).ConfigureAwait(false);
        }
    }

    private async Task AnswerAllAsync(IConnection connection)
    {
        using (connection)
        {
            try
            {
                while (true)
                {
                    var head = await connection.ReadExactlyAsync(PacketHeader.BaseBytes).ConfigureAwait(false);
                    Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(head, PacketLimits.Requests, out var question, out _));
                    await connection.ReadExactlyAsync((int)question.DataBytes).ConfigureAwait(false);
                    var answer = Tamper(question) ?? AnswerTo(question);
                    if (answer.Length == 0) return;
                    await connection.SendAsync(answer).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (ConnectionLoss.Is(e))
            {
                // Whoever asked has hung up.
            }
        }
    }
}
