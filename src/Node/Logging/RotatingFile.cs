using System.Globalization;

namespace CubeActors.Node;

/// <summary>A log file that is set aside when it is full or the day is over. Source of names and rules: CubeFS util/log/log.go asyncWriter.</summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class RotatingFile : IDisposable
{
    /// <summary>Ends the name of a file that was set aside.</summary>
    public const string SetAside = ".old";

    private const int BufferBytes = 64 * 1024;

    private readonly string _path;
    private readonly long _rotateBytes;
    private readonly TimeProvider _time;
    private FileStream? _stream;
    private DateTime _day;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    public RotatingFile(string path, long rotateBytes, TimeProvider time)
    {
        (_path, _rotateBytes, _time) = (path, rotateBytes, time);
        _day = time.GetLocalNow().Date;
        _stream = Open();
    }

    /// <exception cref="IOException">The file cannot be written; what was buffered may be lost.</exception>
    public void Write(ReadOnlySpan<byte> line)
    {
        _stream ??= Open();
        var today = _time.GetLocalNow();
        if (_stream.Length > 0 && (_stream.Length + line.Length > _rotateBytes || today.Date != _day)) Rotate(today);
        _day = today.Date;
        _stream!.Write(line);
    }

    public void Flush() => _stream?.Flush();

    /// <summary>Gives the file up until the next line.</summary>
    public void Close()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (IOException)
        {
            // What was buffered cannot be written either; the caller has counted the line.
        }

        _stream = null;
    }

    public void Dispose() => Close();

    private void Rotate(DateTimeOffset now)
    {
        var aside = $"{_path}.{now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)}{SetAside}";
        if (File.Exists(aside)) return; // twice within a second: the file grows on until the next one
        _stream!.Dispose();
        _stream = null;
        File.Move(_path, aside);
        _stream = Open();
    }

    private FileStream Open() => new(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
}
