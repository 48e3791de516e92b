// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>
#include <ui/look_widgets.h>

#include <map>

class QPushButton;
class QVBoxLayout;

namespace gatehouse::ui {

/// What a banner's button does.
enum class BannerAction { Resume, SignIn, TryAgain, Review, EnterSecret, Dismiss };

/// One thing the person should know, and what to do about it.
struct BannerText {
    QString key; ///< names the banner across updates, and its widget
    Accent accent = Accent::Calm;
    Symbol symbol = Symbol::Info;
    QString title;
    QString body;
    std::optional<BannerAction> action = {};
    QString button = {};

    friend bool operator==(const BannerText &, const BannerText &) = default;
};

/// The banners for a state, the gravest first.
[[nodiscard]] QList<BannerText> bannersFor(const DeskState &state, Instant now, bool hasTray);

/// Says that something the person wanted could not be done, until they close it.
[[nodiscard]] BannerText failureBanner(const Error &error);

/// A title, a body and at most one button in an accent's box.
class Banner final : public Box {
    Q_OBJECT

public:
    explicit Banner(QWidget *parent = nullptr);
    void set(const BannerText &text);

Q_SIGNALS:
    void pressed(gatehouse::ui::BannerAction action);

private:
    BannerText m_shown;
    SymbolLabel *m_symbol;
    TextLabel *m_title;
    TextLabel *m_body;
    QPushButton *m_button;
};

/// Banners above a page. Those that stay are changed in place, so that focus stays too.
class BannerArea final : public QWidget {
    Q_OBJECT

public:
    explicit BannerArea(QWidget *parent = nullptr);
    void set(const QList<BannerText> &banners);

Q_SIGNALS:
    void pressed(gatehouse::ui::BannerAction action);

private:
    [[nodiscard]] Banner *bannerFor(const QString &key);

    QVBoxLayout *m_column;
    std::map<QString, Banner *> m_banners;
};

} // namespace gatehouse::ui
