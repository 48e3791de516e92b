// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/banner.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/request_words.h>

#include <QAccessible>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kShownSentence = 300;

/// A sentence as a title, without its full stop.
QString asTitle(const QString &sentence)
{
    const auto shown = shownText(sentence, kShownSentence);
    return shown.endsWith(u'.') ? shown.chopped(1) : shown;
}

BannerText troubleBanner(const Trouble &trouble)
{
    const bool locked = trouble.kind == TroubleKind::KeychainLocked;
    return {u"trouble"_s, locked ? Accent::Caution : Accent::Danger,
            locked ? Symbol::Caution : Symbol::Danger, asTitle(trouble.error.message),
            shownText(trouble.error.remedy, kShownSentence), BannerAction::TryAgain,
            // Trying again makes the desktop ask for the keychain's password.
            locked ? Banner::tr("Unlock…") : Banner::tr("Try again")};
}

BannerText pausedBanner(const DeskState &state, Instant now)
{
    return {u"paused"_s,
            Accent::Caution,
            Symbol::Pause,
            state.pausedUntil
                ? Banner::tr("Access is paused until %1").arg(momentText(*state.pausedUntil, now))
                : Banner::tr("Access is paused until you resume it"),
            Banner::tr("Clients stay allowed, but every call fails with a message that says so. "
                       "No windows open meanwhile."),
            BannerAction::Resume,
            Banner::tr("Resume now")};
}

BannerText signedOutBanner(const DeskState &state)
{
    return {u"signedOut"_s,
            Accent::Calm,
            Symbol::Person,
            Banner::tr("You are signed out"),
            Banner::tr("Clients stay allowed, but their calls fail until you sign in at %1.")
                .arg(isolated(shownText(state.tenant))),
            BannerAction::SignIn,
            Banner::tr("Sign in…")};
}

BannerText clientRefusedBanner(const DeskState &state)
{
    return {u"clientRefused"_s,
            Accent::Danger,
            Symbol::Danger,
            Banner::tr("The tenant does not accept this application"),
            Banner::tr("Nobody can sign in, and calls fail, until you enter the client secret that "
                       "%1 shows for it.")
                .arg(isolated(shownText(state.tenant))),
            BannerAction::EnterSecret,
            Banner::tr("Enter secret…")};
}

BannerText waitingBanner(const DeskState &state, Instant now)
{
    const int count = int(state.requests.size());
    const auto &first = state.requests.first();
    return {u"waiting"_s,
            Accent::Calm,
            Symbol::Question,
            count == 1
                ? Banner::tr("1 access request is waiting for your answer")
                : Banner::tr("%n access requests are waiting for your answer", nullptr, count),
            Banner::tr("%1 asks to act for you. The request expires in %2.")
                .arg(shownName(first), remainingText(first.expiresAt, now)),
            BannerAction::Review,
            Banner::tr("Review…")};
}

} // namespace

BannerText failureBanner(const Error &error)
{
    return {u"failure"_s,
            Accent::Danger,
            Symbol::Danger,
            asTitle(error.message),
            shownText(error.remedy, kShownSentence),
            BannerAction::Dismiss,
            Banner::tr("Close")};
}

QList<BannerText> bannersFor(const DeskState &state, Instant now, bool hasTray)
{
    QList<BannerText> banners;
    if (state.trouble.kind != TroubleKind::None)
        banners << troubleBanner(state.trouble);
    if (state.clientRefused)
        banners << clientRefusedBanner(state);
    if (state.paused)
        banners << pausedBanner(state, now);
    if (!state.requests.isEmpty())
        banners << waitingBanner(state, now);
    if (isSignedOut(state))
        banners << signedOutBanner(state);
    if (state.demo)
        banners << BannerText{
            u"demo"_s, Accent::Caution, Symbol::Info, Banner::tr("This is the demo"),
            Banner::tr("People and todos are made up, and nothing leaves this computer.")};
    if (!hasTray)
        banners << BannerText{u"noTray"_s, Accent::Calm, Symbol::Info,
                              Banner::tr("This desktop has no tray"),
                              Banner::tr("Gatehouse stays in the task bar.")};
    return banners;
}

Banner::Banner(QWidget *parent)
    : Box(parent), m_symbol(new SymbolLabel(Symbol::Info, Tone::Calm, TextSize::Headline)),
      m_title(new TextLabel(nullptr, Tone::Text, TextSize::Body, QFont::Bold)),
      m_body(new TextLabel), m_button(new QPushButton)
{
    m_title->setObjectName(u"bannerTitle"_s);
    m_body->setObjectName(u"bannerBody"_s);
    m_button->setObjectName(u"bannerButton"_s);
    m_button->setMinimumHeight(kControlHeight);
    auto *words = new QVBoxLayout;
    words->setSpacing(kSpaceTiny);
    words->addWidget(m_title);
    words->addWidget(m_body);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(kSpaceLarge, kSpaceMedium, kSpaceMedium, kSpaceMedium);
    row->setSpacing(kSpaceMedium);
    row->addWidget(m_symbol, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    row->addWidget(m_button, 0, Qt::AlignVCenter);
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_shown.action)
            Q_EMIT pressed(*m_shown.action);
    });
}

void Banner::set(const BannerText &text)
{
    if (text == m_shown)
        return;
    const bool speaks = text.title != m_shown.title;
    m_shown = text;
    setAccent(text.accent);
    m_symbol->set(text.symbol, toneOf(text.accent));
    m_title->setText(text.title);
    m_body->setText(text.body);
    m_body->setVisible(!text.body.isEmpty());
    m_button->setText(text.button);
    m_button->setVisible(text.action.has_value());
    setAccessibleName(tr("%1. %2").arg(text.title, text.body));
    if (speaks) {
        QAccessibleEvent alert(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

BannerArea::BannerArea(QWidget *parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins({});
    m_column->setSpacing(kSpaceMedium);
}

void BannerArea::set(const QList<BannerText> &banners)
{
    std::erase_if(m_banners, [&banners](const auto &entry) {
        if (std::ranges::find(banners, entry.first, &BannerText::key) != banners.end())
            return false;
        entry.second->hide();
        entry.second->deleteLater();
        return true;
    });
    for (int place = 0; place < banners.size(); ++place) {
        auto *banner = bannerFor(banners[place].key);
        banner->set(banners[place]);
        if (m_column->indexOf(banner) != place) {
            m_column->removeWidget(banner);
            m_column->insertWidget(place, banner);
        }
    }
    setVisible(!banners.isEmpty());
}

Banner *BannerArea::bannerFor(const QString &key)
{
    auto &banner = m_banners[key];
    if (!banner) {
        banner = new Banner(this);
        banner->setObjectName(key + u"Banner"_s);
        connect(banner, &Banner::pressed, this, &BannerArea::pressed);
    }
    return banner;
}

} // namespace gatehouse::ui
