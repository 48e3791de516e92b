// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/client_metadata_fetcher.h>

#include <base/text.h>
#include <http/freshness.h>
#include <oauth/http_answer.h>
#include <oauth/public_address.h>

#include <QHostInfo>
#include <QNetworkProxy>
#include <QPointer>
#include <QSslConfiguration>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLargestDocument = 5 * 1024; // CIMD §6.6
constexpr qsizetype kLargestHead = 16 * 1024;
constexpr auto kWholeTime = 5s;
/// A second address gets its turn when the first one says nothing, as where IPv6 leads nowhere.
constexpr auto kOneAddress = 2s;
constexpr int kOk = 200;
constexpr int kHttpsPort = 443;
constexpr int kReasonInLog = 200;

/// The first address, and the first one of the other kind, else the next.
QList<QHostAddress> candidatesOf(QList<QHostAddress> addresses)
{
    const auto first = addresses.takeFirst();
    const auto other =
        std::find_if(addresses.begin(), addresses.end(), [&](const QHostAddress &address) {
            return address.protocol() != first.protocol();
        });
    if (addresses.isEmpty())
        return {first};
    return {first, other == addresses.end() ? addresses.first() : *other};
}

bool isJson(const QByteArray &contentType)
{
    const auto type = contentType.split(';').first().trimmed().toLower();
    return type == "application/json"
        || (type.startsWith("application/") && type.endsWith("+json"));
}

/// All that a site hears of this computer.
QByteArray requestFor(const QUrl &address)
{
    const auto host = address.host(QUrl::FullyEncoded).toLower();
    const int port = address.port();
    return "GET " + address.toEncoded(QUrl::RemoveScheme | QUrl::RemoveAuthority) + " HTTP/1.1\r\n"
        + "Host: " + (port < 0 ? host : u"%1:%2"_s.arg(host).arg(port)).toLatin1() + "\r\n"
        + "Accept: application/json\r\n"
        // The size limit counts what arrives; a compressed kilobyte could become a megabyte.
        + "Accept-Encoding: identity\r\n" + "User-Agent: Gatehouse/" GATEHOUSE_VERSION "\r\n"
        + "Connection: close\r\n\r\n";
}

} // namespace

/// One document being read. Answers once and deletes itself.
class ClientMetadataFetcher::Fetch : public QObject {
public:
    Fetch(ClientMetadataFetcher &fetcher, const QUrl &address, QObject *context,
          Callback<ClientDocument> then)
        : QObject(&fetcher), m_fetcher(fetcher), m_address(address), m_context(context),
          m_then(std::move(then))
    {
    }

    void start()
    {
        m_fetcher.m_clock.after(kWholeTime, this, [this] { answerFailure(); });
        m_fetcher.m_network.resolve(m_address.host(QUrl::FullyEncoded), this,
                                    [this](const auto &found) { acceptAddresses(found); });
    }

private:
    void acceptAddresses(const QList<QHostAddress> &found);
    void tryNextAddress();
    void sendRequest();
    void readAnswer(bool isClosed);
    [[nodiscard]] std::optional<QString> checkHead() const;
    void acceptEnd();
    void giveUp(const QString &why);
    void dropConnection();
    void answer(const Result<ClientDocument> &result);
    void answerFailure();

    ClientMetadataFetcher &m_fetcher;
    QUrl m_address;
    QPointer<QObject> m_context;
    Callback<ClientDocument> m_then;
    QList<QHostAddress> m_candidates;
    QPointer<QSslSocket> m_socket;
    bool m_hasAsked = false;
    QByteArray m_bytes;
    std::optional<HttpHead> m_head;
    QString m_why = u"no answer in time"_s;
};

void ClientMetadataFetcher::Fetch::acceptAddresses(const QList<QHostAddress> &found)
{
    if (found.isEmpty())
        return giveUp(u"the host has no address"_s);
    // One that is forbidden condemns all: an honest host has no second life in a private network.
    for (const auto &address : found) {
        if (!m_fetcher.m_network.mayBeReached(address))
            return giveUp(
                u"the host has the address %1, which is not public"_s.arg(address.toString()));
    }
    m_candidates = candidatesOf(found);
    tryNextAddress();
}

void ClientMetadataFetcher::Fetch::tryNextAddress()
{
    dropConnection();
    const auto peer = m_candidates.takeFirst();
    m_socket = new QSslSocket(this);
    // A proxy would be asked for the name, or would not reach the address that was checked; and it
    // stands where private addresses can be reached. Whoever has the web behind a proxy alone
    // cannot use these clients.
    m_socket->setProxy(QNetworkProxy::NoProxy);
    m_socket->setReadBufferSize(kLargestHead);
    if (!m_fetcher.m_network.authorities.isEmpty()) {
        auto tls = m_socket->sslConfiguration();
        tls.setCaCertificates(m_fetcher.m_network.authorities);
        m_socket->setSslConfiguration(tls);
    }
    connect(m_socket, &QSslSocket::encrypted, this, &Fetch::sendRequest);
    connect(m_socket, &QSslSocket::readyRead, this, [this] { readAnswer(false); });
    connect(m_socket, &QSslSocket::errorOccurred, this, &Fetch::acceptEnd);
    // To the address and not to the name, which would be looked up again and could have another
    // address by then. The certificate must be the name's; its errors are never ignored.
    m_socket->connectToHostEncrypted(peer.toString(), quint16(m_address.port(kHttpsPort)),
                                     m_address.host(QUrl::FullyEncoded).toLower());
    if (m_candidates.isEmpty())
        return;
    m_fetcher.m_clock.after(kOneAddress, this, [this, socket = m_socket] {
        if (socket && socket == m_socket && !m_hasAsked)
            tryNextAddress();
    });
}

void ClientMetadataFetcher::Fetch::sendRequest()
{
    m_hasAsked = true;
    m_candidates.clear();
    m_socket->write(requestFor(m_address));
}

void ClientMetadataFetcher::Fetch::readAnswer(bool isClosed)
{
    m_bytes += m_socket->readAll();
    if (!m_head) {
        const auto head = parseHttpHead(m_bytes, kLargestHead);
        if (!head || (!*head && isClosed))
            return giveUp(head ? u"the answer breaks off"_s : head.error());
        if (!*head)
            return;
        m_head = *head;
        m_bytes.remove(0, m_head->size);
        if (const auto why = checkHead())
            return giveUp(*why);
    }
    const auto body = parseHttpBody(*m_head, m_bytes, isClosed, kLargestDocument);
    if (!body)
        return giveUp(body.error());
    if (!*body)
        return;
    const http::CachingHeaders headers{m_head->joined("cache-control"), m_head->joined("expires"),
                                       m_head->joined("date"), m_head->joined("age")};
    answer(ClientDocument{**body, http::freshnessOf(headers, m_fetcher.m_clock.now())});
}

/// CIMD §4: 200 alone is a success, and redirects are not followed.
std::optional<QString> ClientMetadataFetcher::Fetch::checkHead() const
{
    if (m_head->status != kOk)
        return u"status %1"_s.arg(m_head->status);
    if (const auto type = m_head->joined("content-type"); !isJson(type))
        return u"media type \"%1\""_s.arg(QString::fromLatin1(type));
    const auto coding = m_head->joined("content-encoding").toLower();
    if (!coding.isEmpty() && coding != "identity")
        return u"content coding \"%1\""_s.arg(QString::fromLatin1(coding));
    return std::nullopt;
}

void ClientMetadataFetcher::Fetch::acceptEnd()
{
    if (m_hasAsked && m_socket->error() == QAbstractSocket::RemoteHostClosedError)
        return readAnswer(true);
    const bool isUnreachable = m_socket->error() != QAbstractSocket::SslHandshakeFailedError;
    if (isUnreachable && !m_candidates.isEmpty())
        return tryNextAddress();
    giveUp(m_socket->errorString());
}

/// Not answered yet: how quickly something fails would tell a web page which hosts exist and which
/// ports are open.
void ClientMetadataFetcher::Fetch::giveUp(const QString &why)
{
    m_why = why;
    m_candidates.clear();
    dropConnection();
}

void ClientMetadataFetcher::Fetch::dropConnection()
{
    const auto socket = std::exchange(m_socket, nullptr);
    if (!socket)
        return;
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
}

void ClientMetadataFetcher::Fetch::answerFailure()
{
    answer(fail(Error{u"Gatehouse could not read the program's description."_s}
                    .withRemedy(u"Check the network connection, then start again from the program. "
                                "If it stays like this, the program's ID may be wrong."_s)
                    .withDetail(shownText(m_why, kReasonInLog))));
}

void ClientMetadataFetcher::Fetch::answer(const Result<ClientDocument> &result)
{
    dropConnection();
    deleteLater();
    const auto then = std::exchange(m_then, nullptr);
    if (then && m_context)
        then(result);
}

ClientMetadataFetcher::Network ClientMetadataFetcher::Network::ofThisComputer()
{
    return {[](const QString &host, QObject *context, const Found &then) {
                QHostInfo::lookupHost(host, context,
                                      [then](const QHostInfo &info) { then(info.addresses()); });
            },
            [](const QHostAddress &address) {
                return isPublicAddress(address) && !isOfOwnNetwork(address);
            }};
}

ClientMetadataFetcher::ClientMetadataFetcher(Clock &clock, Network network)
    : m_clock(clock), m_network(std::move(network))
{
}

void ClientMetadataFetcher::fetch(const QUrl &address, QObject *context,
                                  Callback<ClientDocument> then)
{
    (new Fetch(*this, address, context, std::move(then)))->start();
}

} // namespace gatehouse::oauth
